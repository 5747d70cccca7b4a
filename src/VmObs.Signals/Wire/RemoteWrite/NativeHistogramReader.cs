using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>Reads native histograms, whose message is the same in remote_write 1.0 and 2.0: the sample's value is the count, its detail the histogram.</summary>
/// <remarks>The detail has the form of OTLP's exponential histograms, so that who reads one reads both. Bucket i of Prometheus ends where bucket i of
/// OTLP begins, hence the shift of one. https://prometheus.io/docs/specs/native_histograms/</remarks>
internal sealed class NativeHistogramReader : IDisposable
{
    private const int MinSchema = -9, MaxSchema = 52, CustomBounds = -53;

    // Fields 1 to 16.
    private const ulong Known = (1UL << 17) - 2;

    private readonly NativeBuckets _positive = new();
    private readonly NativeBuckets _negative = new();
    private readonly List<double> _bounds = [];
    private readonly PooledBuffer _json = new(1024);

    /// <summary>The last histogram's time, Unix ms.</summary>
    public long UnixMillis { get; private set; }

    /// <summary>The last histogram's count; a stale marker's NaN.</summary>
    public double Value { get; private set; }

    /// <summary>The last histogram's detail; empty for a stale marker.</summary>
    public ReadOnlySpan<byte> Detail => _json.WrittenSpan;

    /// <summary>Reads a Histogram message.</summary>
    /// <returns>What is wrong with it; null when it can be taken, and when the body is malformed.</returns>
    public string? Read(ProtobufReader message)
    {
        var histogram = new Histogram { Count = new NativeCount(0UL), Zero = new NativeCount(0UL) };
        Clear();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Varint: histogram.Count = new NativeCount(message.ReadVarint()); histogram.IsFloat = false; break;
                case 2 << 3 | ProtobufReader.Fixed64: histogram.Count = new NativeCount(message.ReadDouble()); histogram.IsFloat = true; break;
                case 3 << 3 | ProtobufReader.Fixed64: histogram.Sum = message.ReadDouble(); break;
                case 4 << 3 | ProtobufReader.Varint: histogram.Schema = (int)NativeBuckets.ZigZag(message.ReadVarint()); break;
                case 5 << 3 | ProtobufReader.Fixed64: histogram.ZeroThreshold = message.ReadDouble(); break;
                case 6 << 3 | ProtobufReader.Varint: histogram.Zero = new NativeCount(message.ReadVarint()); break;
                case 7 << 3 | ProtobufReader.Fixed64: histogram.Zero = new NativeCount(message.ReadDouble()); break;
                case 14 << 3 | ProtobufReader.Varint: histogram.IsGauge = message.ReadVarint() == 3; break;
                case 15 << 3 | ProtobufReader.Varint: UnixMillis = (long)message.ReadVarint(); break;
                default: ReadBuckets(ref message); break;
            }
        }
        return message.Failed || IsStale(histogram.Sum) ? null : Write(histogram);
    }

    public void Dispose() => _json.Dispose();

    private void ReadBuckets(ref ProtobufReader message)
    {
        switch (message.Tag)
        {
            case 8 << 3 | ProtobufReader.Bytes: _negative.ReadSpan(message.ReadMessage()); break;
            case 9 << 3 | ProtobufReader.Bytes: ReadDeltas(message.ReadMessage(), _negative); break;
            case 9 << 3 | ProtobufReader.Varint: _negative.AddDelta(message.ReadVarint()); break;
            case 10 << 3 | ProtobufReader.Bytes: ReadCounts(message.ReadMessage(), _negative); break;
            case 10 << 3 | ProtobufReader.Fixed64: _negative.AddCount(message.ReadDouble()); break;
            case 11 << 3 | ProtobufReader.Bytes: _positive.ReadSpan(message.ReadMessage()); break;
            case 12 << 3 | ProtobufReader.Bytes: ReadDeltas(message.ReadMessage(), _positive); break;
            case 12 << 3 | ProtobufReader.Varint: _positive.AddDelta(message.ReadVarint()); break;
            case 13 << 3 | ProtobufReader.Bytes: ReadCounts(message.ReadMessage(), _positive); break;
            case 13 << 3 | ProtobufReader.Fixed64: _positive.AddCount(message.ReadDouble()); break;
            case 16 << 3 | ProtobufReader.Bytes: ReadBounds(message.ReadMessage()); break;
            case 16 << 3 | ProtobufReader.Fixed64: AddBound(message.ReadDouble()); break;
            default: message.Skip(Known); break;
        }
    }

    private static void ReadDeltas(ProtobufReader packed, NativeBuckets into)
    {
        while (packed.HasMore)
            into.AddDelta(packed.ReadVarint());
    }

    private static void ReadCounts(ProtobufReader packed, NativeBuckets into)
    {
        while (packed.HasMore)
            into.AddCount(packed.ReadDouble());
    }

    private void ReadBounds(ProtobufReader packed)
    {
        while (packed.HasMore)
            AddBound(packed.ReadDouble());
    }

    private void AddBound(double bound)
    {
        if (_bounds.Count <= SampleDetail.MaxBytes)
            _bounds.Add(bound);
    }

    private void Clear()
    {
        _positive.Clear();
        _negative.Clear();
        _bounds.Clear();
        _json.Clear();
        UnixMillis = 0;
        Value = 0;
    }

    /// <summary>A series of histograms ends with one whose sum is the stale marker.</summary>
    private bool IsStale(double sum)
    {
        if (BitConverter.DoubleToUInt64Bits(sum) != BitConverter.DoubleToUInt64Bits(StaleMarker.Value))
            return false;
        Value = StaleMarker.Value;
        return true;
    }

    private string? Write(in Histogram histogram)
    {
        var hasBounds = histogram.Schema == CustomBounds;
        if (!hasBounds && histogram.Schema is < MinSchema or > MaxSchema)
            return $"got schema {histogram.Schema}, want {MinSchema} to {MaxSchema}, or {CustomBounds} with bounds of its own";
        if (!histogram.Count.IsValid || !histogram.Zero.IsValid)
            return "got a count below 0 or beyond 2^63, want a count";
        if ((_positive.FindFault(histogram.IsFloat) ?? _negative.FindFault(histogram.IsFloat)) is { } fault)
            return fault;
        WriteHead(histogram, hasBounds);
        var total = histogram.Zero;
        if (!TryWriteBuckets(histogram, ",\"positive\":"u8, _positive, ref total) || !TryWriteBuckets(histogram, ",\"negative\":"u8, _negative, ref total))
            return "got a bucket whose count is below 0, no number or beyond 2^63, want counts";
        _json.Write("}}"u8);
        if (_json.Length > SampleDetail.MaxBytes)
            return $"got buckets of {_json.Length} bytes as JSON, want at most {SampleDetail.MaxBytes}";
        // Observations that were NaN are counted, make the sum NaN and lie in no bucket.
        if (!histogram.Count.IsTotal(total) && !(double.IsNaN(histogram.Sum) && total.Value < histogram.Count.Value))
            return $"got a count of {histogram.Count.Value}, want the sum of its buckets, {total.Value}";
        Value = histogram.Count.Value;
        return null;
    }

    private void WriteHead(in Histogram histogram, bool hasBounds)
    {
        if (hasBounds)
        {
            _json.Write("{\"histogram\":{\"bounds\":["u8);
            for (var i = 0; i < _bounds.Count && _json.Length <= SampleDetail.MaxBytes; i++)
            {
                if (i > 0)
                    _json.WriteByte((byte)',');
                JsonText.WriteDouble(_json, _bounds[i]);
            }
            _json.WriteByte((byte)']');
        }
        else
        {
            _json.Write("{\"histogram\":{\"scale\":"u8);
            JsonText.WriteDigits(_json, histogram.Schema);
        }
        _json.Write(",\"count\":"u8);
        histogram.Count.Write(_json);
        _json.Write(",\"sum\":"u8);
        JsonText.WriteDouble(_json, histogram.Sum);
        _json.Write(",\"zero_count\":"u8);
        histogram.Zero.Write(_json);
        _json.Write(",\"zero_threshold\":"u8);
        JsonText.WriteDouble(_json, histogram.ZeroThreshold);
        if (histogram.IsGauge)
            _json.Write(",\"gauge\":true"u8);
    }

    private bool TryWriteBuckets(in Histogram histogram, ReadOnlySpan<byte> member, NativeBuckets buckets, ref NativeCount total)
    {
        if (buckets.IsEmpty)
            return true;
        _json.Write(member);
        return buckets.TryWrite(histogram.Schema == CustomBounds ? 0 : -1, histogram.IsFloat, _json, ref total);
    }

    private struct Histogram
    {
        public NativeCount Count, Zero;
        public double Sum, ZeroThreshold;
        public int Schema;
        public bool IsFloat, IsGauge;
    }
}
