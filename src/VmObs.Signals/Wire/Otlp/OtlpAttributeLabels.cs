using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Makes labels of the attributes that the context's list holds.</summary>
/// <remarks>Attributes whose keys become one name are one label: their values in the order of their keys, joined with ";".
/// Not thread-safe.</remarks>
internal sealed class OtlpAttributeLabels(OtlpContext context) : IDisposable
{
    private const int MaxUtf8Bytes = 4;

    private readonly PooledBuffer _owned = new(256), _names = new(1024), _value = new(1024);
    private readonly List<WireSlice> _ownedNames = [], _slices = [];

    public LimitedLabels Labels { get; } = new(context.Rules);

    public LabelNamer Namer { get; } = new(context.Rules.OtlpTranslation);

    /// <summary>Begins another set, with no label owned.</summary>
    public void Begin()
    {
        Labels.Begin();
        ReleaseOwned();
    }

    /// <summary>Lets attributes set all labels again.</summary>
    public void ReleaseOwned()
    {
        _owned.Clear();
        _ownedNames.Clear();
    }

    /// <summary>Sets a label that attributes of its name do not replace; false when it breaks a limit.</summary>
    public bool TrySetOwned(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        _ownedNames.Add(new WireSlice(_owned.Length, name.Length));
        _owned.Write(name);
        return Labels.TrySet(name, value);
    }

    /// <summary>Sets a label for each attribute of the list that is not dropped.</summary>
    /// <param name="message">The message whose attributes they are, read to its end.</param>
    /// <param name="prefix">Stands before each name.</param>
    /// <param name="owns">Whether later attributes do not replace them.</param>
    /// <param name="cutsValues">Whether a value over the limit is cut rather than refused.</param>
    /// <returns>False when a label breaks a limit or leaves no name, and when the body is malformed.</returns>
    public bool TrySet(ref ProtobufReader message, ReadOnlySpan<byte> prefix, bool owns = false, bool cutsValues = false)
    {
        var attributes = context.Attributes;
        if (prefix.IsEmpty && !cutsValues && AreNames(message))
            return TrySetPlain(ref message);
        attributes.DropDuplicates(message, 0);
        if (!TryName(message, prefix))
            return false;
        for (var i = 0; i < attributes.Count; i++)
        {
            if (attributes.Span[i].Dropped || IsOwned(Name(i)))
                continue;
            if (!TryJoin(ref message, i, cutsValues) || message.Failed)
                return false;
            if (!(owns ? TrySetOwned(Name(i), _value.WrittenSpan) : Labels.TrySet(Name(i), _value.WrittenSpan)))
                return false;
        }
        return true;
    }

    /// <summary>Writes all that decides, beside themselves, what becomes of attributes: the labels set so far, how often one was set, and
    /// which of them are owned.</summary>
    public void WriteState(PooledBuffer destination)
    {
        WriteNumber(destination, Labels.Builder.Count);
        WriteNumber(destination, _ownedNames.Count);
        foreach (var name in _ownedNames)
            WriteNumber(destination, name.Length);
        destination.Write(_owned.WrittenSpan);
        Labels.Builder.WriteTo(destination);
    }

    public void Dispose()
    {
        Labels.Dispose();
        _owned.Dispose();
        _names.Dispose();
        _value.Dispose();
    }

    private static void WriteNumber(PooledBuffer destination, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(destination.GetSpan(sizeof(int)), number);
        destination.Advance(sizeof(int));
    }

    private bool AreNames(in ProtobufReader message)
    {
        foreach (var pair in context.Attributes.Span)
        {
            if (!Namer.IsName(message.Span(pair.Key)))
                return false;
        }
        return true;
    }

    /// <summary>Keys that are names already: of equal ones the last set stands, so duplicates need not be looked for.</summary>
    private bool TrySetPlain(ref ProtobufReader message)
    {
        for (var i = 0; i < context.Attributes.Count; i++)
        {
            var pair = context.Attributes.Span[i];
            var key = message.Span(pair.Key);
            if (IsOwned(key))
                continue;
            var reader = message.Open(pair.Value, 2);
            var value = AnyValue.Read(ref reader);
            if (value.Kind == AnyValueKind.Text)
            {
                if (message.Failed || !Labels.TrySet(key, reader.Span(value.Slice)))
                    return false;
                continue;
            }
            _value.Clear();
            WriteValue(ref reader, value);
            if (message.Failed || !Labels.TrySet(key, _value.WrittenSpan))
                return false;
        }
        return true;
    }

    private bool TryName(in ProtobufReader message, ReadOnlySpan<byte> prefix)
    {
        _names.Clear();
        _slices.Clear();
        var room = context.Rules.MaxLabels;
        foreach (var pair in context.Attributes.Span)
        {
            var start = _names.Length;
            if (!pair.Dropped)
                WriteName(message.Span(pair.Key), prefix);
            if (!pair.Dropped && (_names.Length == start || --room < 0))
                return false;
            _slices.Add(new WireSlice(start, _names.Length - start));
        }
        return true;
    }

    private void WriteName(ReadOnlySpan<byte> key, ReadOnlySpan<byte> prefix)
    {
        if (prefix.IsEmpty)
        {
            Namer.Write(key, _names);
            return;
        }
        _value.Clear();
        _value.Write(prefix);
        _value.Write(key);
        Namer.Write(_value.WrittenSpan, _names);
    }

    private ReadOnlySpan<byte> Name(int attribute) => _names.Slice(_slices[attribute].Offset, _slices[attribute].Length);

    /// <summary>Writes the value of the attribute and of all later ones of its name, which are then dropped.</summary>
    private bool TryJoin(ref ProtobufReader message, int first, bool cutsValues)
    {
        _value.Clear();
        WriteValue(ref message, first);
        if (FindTwin(first) >= 0)
            JoinTwins(ref message, first);
        if (_value.Length > context.Rules.MaxLabelBytes && cutsValues)
            Cut();
        return _value.Length <= context.Rules.MaxLabelBytes;
    }

    private int FindTwin(int first)
    {
        var slices = CollectionsMarshal.AsSpan(_slices);
        var name = Name(first);
        for (var i = first + 1; i < slices.Length; i++)
        {
            if (slices[i].Length == name.Length && !context.Attributes.Span[i].Dropped && Name(i).SequenceEqual(name))
                return i;
        }
        return -1;
    }

    /// <summary>Writes the twins' values in the order of their keys.</summary>
    private void JoinTwins(ref ProtobufReader message, int first)
    {
        _value.Clear();
        var separator = ""u8;
        // Names collide seldom, and never more than a set may have labels.
        for (var least = FindLeastTwin(message, first); least >= 0; least = FindLeastTwin(message, first))
        {
            _value.Write(separator);
            separator = ";"u8;
            WriteValue(ref message, least);
            context.Attributes.Drop(least);
        }
    }

    /// <summary>The attribute of the same name with the least key that is left.</summary>
    private int FindLeastTwin(in ProtobufReader message, int first)
    {
        var least = -1;
        for (var i = first; i < _slices.Count; i++)
        {
            var pair = context.Attributes.Span[i];
            if (pair.Dropped || !Name(i).SequenceEqual(Name(first)))
                continue;
            if (least < 0 || message.Span(pair.Key).SequenceCompareTo(message.Span(context.Attributes.Span[least].Key)) < 0)
                least = i;
        }
        return least;
    }

    private void WriteValue(ref ProtobufReader message, int attribute)
    {
        var reader = message.Open(context.Attributes.Span[attribute].Value, 2);
        var value = AnyValue.Read(ref reader);
        WriteValue(ref reader, value);
    }

    private void WriteValue(ref ProtobufReader reader, in AnyValue value)
    {
        context.Values.Limit = context.Rules.MaxRecordBytes;
        context.Values.WriteLabelText(ref reader, value, _value);
        context.TakeOverflow(); // what overflowed is over the limit for labels as well
    }

    /// <summary>Cuts the value at the limit, before the character that crosses it.</summary>
    private void Cut()
    {
        var length = context.Rules.MaxLabelBytes;
        for (var back = 0; back < MaxUtf8Bytes && length > 0 && (_value.WrittenSpan[length] & 0xC0) == 0x80; back++)
            length--;
        _value.Truncate(length);
    }

    private bool IsOwned(ReadOnlySpan<byte> name)
    {
        foreach (var owned in CollectionsMarshal.AsSpan(_ownedNames))
        {
            if (owned.Length == name.Length && _owned.Slice(owned.Offset, owned.Length).SequenceEqual(name))
                return true;
        }
        return false;
    }
}
