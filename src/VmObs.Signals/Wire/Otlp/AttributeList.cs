using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Key-value pairs of the messages being read, as slices of the body; a stack, because values may hold lists of their own.</summary>
/// <remarks>Use: <see cref="Count"/> as a mark, <see cref="Read"/> for each pair, <see cref="DropDuplicates"/>, look at the pairs from the
/// mark on, <see cref="Release"/>.</remarks>
internal sealed class AttributeList
{
    private const int QuadraticLimit = 16;

    private readonly List<Attribute> _pairs = [];
    private int[] _table = [];

    public int Count => _pairs.Count;

    public ReadOnlySpan<Attribute> Span => CollectionsMarshal.AsSpan(_pairs);

    /// <summary>Adds a pair.</summary>
    public void Add(WireSlice key, WireSlice value) => _pairs.Add(new Attribute(key, value, Dropped: false));

    /// <summary>Reads the KeyValue message at the reader's current field and adds it.</summary>
    public void Read(ref ProtobufReader parent)
    {
        var reader = parent.ReadMessage();
        WireSlice key = default, value = default;
        while (reader.NextField())
        {
            switch (reader.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: key = reader.ReadSlice(); break;
                case 2 << 3 | ProtobufReader.Bytes: value = reader.ReadOnce(value); break;
                default: reader.Skip(OtlpSchema.KeyValue.Known); break;
            }
        }
        Add(key, value);
    }

    /// <summary>Marks one pair as dropped.</summary>
    public void Drop(int index) => _pairs[index] = _pairs[index] with { Dropped = true };

    /// <summary>Marks all pairs from the mark on whose key comes again later: the last one stands.</summary>
    public void DropDuplicates(in ProtobufReader body, int mark)
    {
        var pairs = CollectionsMarshal.AsSpan(_pairs)[mark..];
        if (pairs.Length > QuadraticLimit)
        {
            DropDuplicatesHashed(body, pairs);
            return;
        }
        for (var i = 0; i < pairs.Length - 1; i++)
        {
            for (var j = i + 1; j < pairs.Length; j++)
            {
                if (pairs[i].Key.Length != pairs[j].Key.Length || !body.Span(pairs[i].Key).SequenceEqual(body.Span(pairs[j].Key)))
                    continue;
                pairs[i] = pairs[i] with { Dropped = true };
                break;
            }
        }
    }

    /// <summary>Forgets the pairs from the mark on.</summary>
    public void Release(int mark) => CollectionsMarshal.SetCount(_pairs, mark);

    /// <summary>The same with an open-addressing table, so that many attributes cost no square.</summary>
    private void DropDuplicatesHashed(in ProtobufReader body, Span<Attribute> pairs)
    {
        var size = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)pairs.Length * 2);
        if (_table.Length < size)
            _table = new int[size];
        var table = _table.AsSpan(0, size);
        table.Clear();
        for (var i = pairs.Length - 1; i >= 0; i--)
        {
            var key = body.Span(pairs[i].Key);
            var slot = (int)(XxHash3.HashToUInt64(key) & (ulong)(size - 1));
            while (table[slot] != 0 && !body.Span(pairs[table[slot] - 1].Key).SequenceEqual(key))
                slot = (slot + 1) & (size - 1);
            if (table[slot] != 0)
                pairs[i] = pairs[i] with { Dropped = true };
            else
                table[slot] = i + 1;
        }
    }

    /// <summary>One pair.</summary>
    /// <param name="Key">Its key's text.</param>
    /// <param name="Value">Its AnyValue message; empty when not given.</param>
    /// <param name="Dropped">Whether it does not count: a later pair has the same key.</param>
    public readonly record struct Attribute(WireSlice Key, WireSlice Value, bool Dropped);
}
