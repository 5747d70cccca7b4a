using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Puts together the details of samples: exemplars, and what a histogram says beyond its series.</summary>
/// <remarks>Use: <see cref="BeginPoint"/>, <see cref="OtlpExemplars.Read"/> for each exemplar, then after each of the point's samples
/// <see cref="AddExemplars"/> or <see cref="AddHistogram"/>. Not thread-safe.</remarks>
internal sealed class OtlpDetails(OtlpContext context) : IDisposable
{
    // The two brackets that close the exemplars and the detail.
    private const int EndBytes = 2;

    private int _next;

    public OtlpExemplars Exemplars { get; } = new(context);

    /// <summary>The histogram's part of the detail being written, from its opening bracket on.</summary>
    public PooledBuffer Json { get; } = new(1024);

    /// <summary>Begins another point.</summary>
    public void BeginPoint()
    {
        Exemplars.Clear();
        Json.Clear();
        _next = 0;
    }

    /// <summary>Adds the point's exemplars to the sample added last.</summary>
    /// <param name="point">The data point.</param>
    /// <param name="time">Of the point, Unix ns.</param>
    /// <param name="into">Has the sample.</param>
    /// <param name="bucket">Of a histogram whose exemplars are sorted; 0 for all of another point.</param>
    public void AddExemplars(ref ProtobufReader point, ulong time, MetricBatch into, int bucket = 0)
    {
        if (_next >= Exemplars.Count)
            return;
        Json.Clear();
        Exemplars.Write(ref point, bucket, ref _next, (long)time, "{\"exemplars\":"u8, Json, SampleDetail.MaxBytes - EndBytes);
        if (Json.Length == 0)
            return;
        Json.WriteByte((byte)'}');
        into.AddDetail(Json.WrittenSpan);
    }

    /// <summary>Adds the histogram's part, and the exemplars that fit beside it, to the sample added last.</summary>
    public void AddHistogram(ref ProtobufReader point, ulong time, MetricBatch into)
    {
        Exemplars.Write(ref point, 0, ref _next, (long)time, ",\"exemplars\":"u8, Json, SampleDetail.MaxBytes - EndBytes);
        Json.WriteByte((byte)'}');
        into.AddDetail(Json.WrittenSpan);
    }

    public void Dispose() => Json.Dispose();
}
