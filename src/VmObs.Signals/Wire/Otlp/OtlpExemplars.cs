using System.Runtime.InteropServices;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>The exemplars of one data point, and their JSON.</summary>
/// <remarks><code>{"timestamp":"…","value":1.5,"trace_id":"…","span_id":"…","labels":{"user":"7"}}</code>
/// Not thread-safe. docs/resource-mapping.md</remarks>
internal sealed class OtlpExemplars(OtlpContext context)
{
    /// <summary>A point's further exemplars are left out; their JSON would not fit.</summary>
    private const int MaxAPoint = 4096;

    private static readonly Comparison<Exemplar> ByBucket = static (a, b) =>
        a.Bucket != b.Bucket ? a.Bucket.CompareTo(b.Bucket) : a.Message.Offset.CompareTo(b.Message.Offset);

    private readonly List<Exemplar> _list = [];

    public int Count => _list.Count;

    /// <summary>Begins another point.</summary>
    public void Clear() => _list.Clear();

    /// <summary>Reads the Exemplar message at the reader's current field.</summary>
    public void Read(ref ProtobufReader point)
    {
        var slice = point.ReadSlice();
        var message = point.Open(slice, 1);
        ulong time = 0;
        double value = 0;
        WireSlice spanId = default, traceId = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 2 << 3 | ProtobufReader.Fixed64: time = message.ReadFixed64(); break;
                case 3 << 3 | ProtobufReader.Fixed64: value = message.ReadDouble(); break;
                case 4 << 3 | ProtobufReader.Bytes: spanId = message.ReadSlice(); break;
                case 5 << 3 | ProtobufReader.Bytes: traceId = message.ReadSlice(); break;
                case 6 << 3 | ProtobufReader.Fixed64: value = (long)message.ReadFixed64(); break;
                default: message.Skip(OtlpSchema.Exemplar.Known & ~(1UL << 7)); break;
            }
        }
        if (_list.Count < MaxAPoint)
            _list.Add(new Exemplar(slice, time, value, traceId, spanId, 0));
    }

    /// <summary>Orders them by the buckets that they fall into.</summary>
    /// <param name="bounds">The buckets' upper bounds, inclusive; rising.</param>
    public void SortByBucket(ReadOnlySpan<double> bounds)
    {
        var list = CollectionsMarshal.AsSpan(_list);
        for (var i = 0; i < list.Length; i++)
            list[i] = list[i] with { Bucket = BucketOf(list[i].Value, bounds) };
        list.Sort(ByBucket);
    }

    /// <summary>Writes those of one bucket as a JSON array, behind a member's name; nothing when there are none.</summary>
    /// <param name="point">The data point.</param>
    /// <param name="bucket">Of a histogram after <see cref="SortByBucket"/>; 0 for all of another point.</param>
    /// <param name="next">The first that may be of the bucket; afterwards the first behind it.</param>
    /// <param name="pointTime">Stands for the time of an exemplar that has none, Unix ns.</param>
    /// <param name="member">What stands before the array.</param>
    /// <param name="json">Gets the text.</param>
    /// <param name="limit">Length that the buffer may reach; exemplars beyond it are left out.</param>
    public void Write(ref ProtobufReader point, int bucket, ref int next, long pointTime, ReadOnlySpan<byte> member, PooledBuffer json, int limit)
    {
        var start = json.Length;
        json.Write(member);
        json.WriteByte((byte)'[');
        var (first, isFull) = (json.Length, false);
        for (; next < _list.Count && _list[next].Bucket == bucket; next++)
        {
            if (isFull)
                continue;
            var mark = json.Length;
            if (mark > first)
                json.WriteByte((byte)',');
            WriteOne(ref point, _list[next], pointTime, json, limit);
            isFull = json.Length >= limit || context.TakeOverflow();
            if (isFull)
                json.Truncate(mark);
        }
        if (json.Length > first)
            json.WriteByte((byte)']');
        else
            json.Truncate(start);
    }

    /// <summary>The first bucket whose bound the value does not exceed; the infinite one for NaN.</summary>
    private static int BucketOf(double value, ReadOnlySpan<double> bounds)
    {
        var (from, to) = (0, bounds.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (value <= bounds[middle])
                to = middle;
            else
                from = middle + 1;
        }
        return from;
    }

    private void WriteOne(ref ProtobufReader point, in Exemplar exemplar, long pointTime, PooledBuffer json, int limit)
    {
        json.Write("{\"timestamp\":"u8);
        JsonText.WriteTime(json, exemplar.Time is > 0 and <= long.MaxValue ? (long)exemplar.Time : pointTime);
        json.Write(",\"value\":"u8);
        JsonText.WriteDouble(json, exemplar.Value);
        WriteId(point.Span(exemplar.TraceId), 16, ",\"trace_id\":"u8, json);
        WriteId(point.Span(exemplar.SpanId), 8, ",\"span_id\":"u8, json);
        WriteLabels(ref point, exemplar.Message, json, limit);
        json.WriteByte((byte)'}');
    }

    // OTLP: an id of another length or all zero means that the measurement belongs to no trace or span.
    private static void WriteId(ReadOnlySpan<byte> id, int length, ReadOnlySpan<byte> member, PooledBuffer json)
    {
        if (!OtlpSpan.IsId(id, length))
            return;
        json.Write(member);
        JsonText.WriteHex(json, id);
    }

    private void WriteLabels(ref ProtobufReader point, WireSlice exemplar, PooledBuffer json, int limit)
    {
        var message = point.Open(exemplar, 1);
        var mark = context.Attributes.Count;
        while (message.NextField())
        {
            if (message.Tag == (7 << 3 | ProtobufReader.Bytes))
                context.Attributes.Read(ref message);
            else
                message.Skip(0);
        }
        context.Attributes.DropDuplicates(message, mark);
        context.Values.Limit = limit;
        context.Values.WriteTextPairs(ref message, mark, ",\"labels\":"u8, json, context.Scratch);
        context.Attributes.Release(mark);
    }

    /// <summary>One exemplar.</summary>
    /// <param name="Message">The whole message, for its attributes.</param>
    /// <param name="Time">Unix ns; 0 when not given.</param>
    /// <param name="Value">What was measured.</param>
    /// <param name="TraceId">Of the span that measured.</param>
    /// <param name="SpanId">That span.</param>
    /// <param name="Bucket">Of a histogram with bounds, 0-based.</param>
    private readonly record struct Exemplar(WireSlice Message, ulong Time, double Value, WireSlice TraceId, WireSlice SpanId, int Bucket);
}
