using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>One side's buckets of a native histogram: spans of neighbours with gaps between, and a count, or its change, for each bucket in them.</summary>
/// <remarks>Not thread-safe; keeps its memory from one histogram to the next.</remarks>
internal sealed class NativeBuckets
{
    /// <summary>Buckets from the first to the last, gaps included: more do not fit into a detail, a digit and a comma each.</summary>
    private const int MaxBuckets = SampleDetail.MaxBytes / 2;

    // Fields 1 and 2.
    private const ulong KnownOfSpan = 0b110;

    private readonly List<(int Offset, uint Length)> _spans = [];
    private readonly List<long> _deltas = [];
    private readonly List<double> _counts = [];

    /// <summary>Number of buckets that the spans speak of.</summary>
    private ulong _spanned;

    public bool IsEmpty => _spans.Count == 0 && _deltas.Count == 0 && _counts.Count == 0;

    public void Clear()
    {
        _spans.Clear();
        _deltas.Clear();
        _counts.Clear();
        _spanned = 0;
    }

    /// <summary>Reads a BucketSpan message.</summary>
    public void ReadSpan(ProtobufReader message)
    {
        var (offset, length) = (0, 0UL);
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Varint: offset = (int)ZigZag(message.ReadVarint()); break;
                case 2 << 3 | ProtobufReader.Varint: length = message.ReadVarint(); break;
                default: message.Skip(KnownOfSpan); break;
            }
        }
        if (_spans.Count <= MaxBuckets)
            _spans.Add((offset, (uint)length));
        _spanned += (uint)length;
    }

    /// <summary>Takes the next bucket's change of count from the bucket before it, in zigzag encoding.</summary>
    public void AddDelta(ulong encoded)
    {
        if (_deltas.Count <= MaxBuckets)
            _deltas.Add(ZigZag(encoded));
    }

    /// <summary>Takes the next bucket's count.</summary>
    public void AddCount(double count)
    {
        if (_counts.Count <= MaxBuckets)
            _counts.Add(count);
    }

    /// <summary>Says what is wrong with the buckets.</summary>
    /// <param name="isFloat">Whether counts stand for themselves; else deltas do.</param>
    /// <returns>What was got and what is wanted; null when nothing is wrong.</returns>
    public string? FindFault(bool isFloat)
    {
        var given = isFloat ? _counts.Count : _deltas.Count;
        if (_spanned > MaxBuckets || given > MaxBuckets || _spans.Count > MaxBuckets)
            return $"got {_spanned} buckets in {_spans.Count} spans, want at most {MaxBuckets}";
        if ((isFloat ? _deltas.Count : _counts.Count) > 0)
            return isFloat ? "got deltas of buckets beside a count that is a float" : "got counts of buckets that are floats beside a count that is an integer";
        if ((ulong)given != _spanned)
            return $"got {given} buckets, want {_spanned}, as many as its spans have";
        long width = _spanned == 0 ? 0 : (long)_spanned;
        for (var i = 1; i < _spans.Count; i++)
        {
            if (_spans[i].Offset < 0)
                return $"got a gap of {_spans[i].Offset} buckets between spans, want 0 or more";
            width += _spans[i].Offset;
        }
        return width > MaxBuckets ? $"got buckets over a width of {width}, want at most {MaxBuckets}" : null;
    }

    /// <summary>Writes <c>{"offset":…,"counts":[…]}</c>, gaps as zeros; only after <see cref="FindFault"/> found none.</summary>
    /// <param name="shift">What is added to the first index.</param>
    /// <param name="isFloat">Whether counts stand for themselves; else deltas do.</param>
    /// <param name="json">Gets the text.</param>
    /// <param name="total">Is added the counts.</param>
    /// <returns>False when a count is negative or no number.</returns>
    public bool TryWrite(int shift, bool isFloat, PooledBuffer json, ref NativeCount total)
    {
        json.Write("{\"offset\":"u8);
        JsonText.WriteDigits(json, _spans.Count > 0 ? (long)_spans[0].Offset + shift : 0);
        json.Write(",\"counts\":["u8);
        var next = 0;
        var count = default(NativeCount);
        for (var i = 0; i < _spans.Count; i++)
        {
            for (var gap = i == 0 ? 0 : _spans[i].Offset; gap > 0; gap--)
                WriteCount(default, json);
            for (var left = _spans[i].Length; left > 0; left--, next++)
            {
                count = isFloat ? new NativeCount(_counts[next]) : count.Plus(_deltas[next]);
                if (!count.IsValid)
                    return false;
                WriteCount(count, json);
                total = total.Plus(count);
            }
        }
        json.Write("]}"u8);
        return true;
    }

    public static long ZigZag(ulong encoded) => (long)(encoded >> 1) ^ -(long)(encoded & 1);

    private static void WriteCount(NativeCount count, PooledBuffer json)
    {
        if (json.WrittenSpan[^1] != (byte)'[')
            json.WriteByte((byte)',');
        count.Write(json);
    }
}
