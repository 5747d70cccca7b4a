using System.Buffers;
using System.Buffers.Text;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Renders AnyValues and attribute lists as compact JSON, or as the text of a label.</summary>
/// <remarks>
/// int64 beyond ±(2^53 − 1) are strings of digits, bytes base64, NaN and the infinities the strings "NaN", "+Inf", "-Inf"; of equal keys
/// the last stands. Stops early once the destination has grown past <see cref="Limit"/>: what it wrote is then not JSON, and
/// <see cref="Overflowed"/> says so.
/// </remarks>
internal sealed class AnyValueWriter(AttributeList attributes)
{
    /// <summary>Length of the destination beyond which nothing need be written.</summary>
    public int Limit { get; set; } = int.MaxValue;

    /// <summary>Whether something was left out because of <see cref="Limit"/>; set back by the caller.</summary>
    public bool Overflowed { get; set; }

    /// <summary>Writes the AnyValue message that the reader is at the start of.</summary>
    public void WriteValue(ref ProtobufReader message, PooledBuffer destination)
    {
        var value = AnyValue.Read(ref message);
        WriteValue(ref message, value, destination);
    }

    /// <summary>Writes a value that was read from the message.</summary>
    public void WriteValue(ref ProtobufReader message, in AnyValue value, PooledBuffer destination)
    {
        if (destination.Length + value.Slice.Length > Limit && value.Kind is AnyValueKind.Text or AnyValueKind.Bytes || destination.Length > Limit)
        {
            Overflowed = true;
            return;
        }
        switch (value.Kind)
        {
            case AnyValueKind.Text: JsonText.WriteString(destination, message.Span(value.Slice)); break;
            case AnyValueKind.Bool: destination.Write(value.Bits != 0 ? "true"u8 : "false"u8); break;
            case AnyValueKind.Int64: JsonText.WriteInteger(destination, (long)value.Bits); break;
            case AnyValueKind.Double: JsonText.WriteDouble(destination, BitConverter.UInt64BitsToDouble(value.Bits)); break;
            case AnyValueKind.Array: WriteArray(ref message, value.Slice, destination); break;
            case AnyValueKind.Map: WriteMap(ref message, value.Slice, destination); break;
            case AnyValueKind.Bytes:
                destination.WriteByte((byte)'"');
                WriteBase64(message.Span(value.Slice), destination);
                destination.WriteByte((byte)'"');
                break;
            default: destination.Write("null"u8); break;
        }
    }

    /// <summary>Writes a value as OpenTelemetry writes it where only text fits: text as it is, the rest as in JSON but without quotes.</summary>
    public void WriteLabelText(ref ProtobufReader message, in AnyValue value, PooledBuffer destination)
    {
        switch (value.Kind)
        {
            case AnyValueKind.None: break;
            case AnyValueKind.Text: destination.Write(message.Span(value.Slice)); break;
            case AnyValueKind.Int64: JsonText.WriteDigits(destination, (long)value.Bits); break;
            case AnyValueKind.Double: NumberText.Write(destination, BitConverter.UInt64BitsToDouble(value.Bits)); break;
            case AnyValueKind.Bytes: WriteBase64(message.Span(value.Slice), destination); break;
            default: WriteValue(ref message, value, destination); break;
        }
    }

    /// <summary>Writes the pairs from the mark on as a JSON object, without those that were dropped or that have the left-out key.</summary>
    /// <param name="owner">The message whose pairs they are.</param>
    /// <param name="mark">Where its pairs begin in the list.</param>
    /// <param name="leftOut">A key to leave out; empty for none.</param>
    /// <param name="destination">Gets the object; nothing when no pair is left, unless <paramref name="evenEmpty"/>.</param>
    /// <param name="evenEmpty">Whether to write {} when no pair is left.</param>
    /// <returns>Whether anything was written.</returns>
    public bool WritePairs(ref ProtobufReader owner, int mark, ReadOnlySpan<byte> leftOut, PooledBuffer destination, bool evenEmpty = false)
    {
        var any = false;
        for (var i = mark; i < attributes.Count; i++)
        {
            var pair = attributes.Span[i];
            var key = owner.Span(pair.Key);
            if (pair.Dropped || (!leftOut.IsEmpty && key.SequenceEqual(leftOut)))
                continue;
            if ((long)destination.Length + key.Length > Limit)
            {
                Overflowed = true;
                break;
            }
            destination.WriteByte(any ? (byte)',' : (byte)'{');
            any = true;
            JsonText.WriteString(destination, key);
            destination.WriteByte((byte)':');
            var value = owner.Open(pair.Value, 2);
            WriteValue(ref value, destination);
        }
        if (any)
            destination.WriteByte((byte)'}');
        else if (evenEmpty)
            destination.Write("{}"u8);
        return any || evenEmpty;
    }

    /// <summary>Writes the pairs from the mark on that are not dropped as a JSON object of texts, behind a member's name; nothing when there are none.</summary>
    /// <param name="owner">The message whose pairs they are.</param>
    /// <param name="mark">Where its pairs begin in the list.</param>
    /// <param name="member">What stands before the object.</param>
    /// <param name="destination">Gets the text.</param>
    /// <param name="scratch">Space for one value.</param>
    public void WriteTextPairs(ref ProtobufReader owner, int mark, ReadOnlySpan<byte> member, PooledBuffer destination, PooledBuffer scratch)
    {
        var any = false;
        for (var i = mark; i < attributes.Count && !Overflowed; i++)
        {
            var pair = attributes.Span[i];
            if (pair.Dropped)
                continue;
            scratch.Clear();
            var reader = owner.Open(pair.Value, 2);
            var value = AnyValue.Read(ref reader);
            if (value.Slice.Length > Limit || pair.Key.Length > Limit)
            {
                Overflowed = true;
                break;
            }
            WriteLabelText(ref reader, value, scratch);
            destination.Write(any ? ","u8 : member);
            if (!any)
                destination.WriteByte((byte)'{');
            any = true;
            JsonText.WriteString(destination, owner.Span(pair.Key));
            destination.WriteByte((byte)':');
            JsonText.WriteString(destination, scratch.WrittenSpan);
            Overflowed |= destination.Length > Limit;
        }
        if (any)
            destination.WriteByte((byte)'}');
    }

    private void WriteArray(ref ProtobufReader message, WireSlice slice, PooledBuffer destination)
    {
        var array = message.Open(slice, 1);
        var separator = (byte)'[';
        while (array.NextField() && !Overflowed)
        {
            if (array.Tag != (1 << 3 | ProtobufReader.Bytes))
            {
                array.Skip(OtlpSchema.ArrayValue.Known);
                continue;
            }
            destination.WriteByte(separator);
            separator = (byte)',';
            var value = array.ReadMessage();
            WriteValue(ref value, destination);
        }
        if (separator == '[')
            destination.WriteByte((byte)'[');
        destination.WriteByte((byte)']');
    }

    private void WriteMap(ref ProtobufReader message, WireSlice slice, PooledBuffer destination)
    {
        var map = message.Open(slice, 1);
        var mark = attributes.Count;
        while (map.NextField())
        {
            if (map.Tag == (1 << 3 | ProtobufReader.Bytes))
                attributes.Read(ref map);
            else
                map.Skip(OtlpSchema.KeyValueList.Known);
        }
        attributes.DropDuplicates(map, mark);
        WritePairs(ref map, mark, default, destination, evenEmpty: true);
        attributes.Release(mark);
    }

    private static void WriteBase64(ReadOnlySpan<byte> bytes, PooledBuffer destination)
    {
        var status = Base64.EncodeToUtf8(bytes, destination.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length)), out _, out var written);
        if (status != OperationStatus.Done)
            throw new InvalidOperationException($"BUG: base64 of {bytes.Length} bytes gave {status}");
        destination.Advance(written);
    }
}
