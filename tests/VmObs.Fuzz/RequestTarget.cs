using VmObs.Signals;
using VmObs.Signals.Decoding;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;

namespace VmObs.Fuzz;

/// <summary>The reader of one format of requests.</summary>
/// <param name="name">"otlp_logs".</param>
/// <param name="signal">What its requests carry.</param>
/// <param name="format">How their bodies are written.</param>
/// <param name="coding">How the input is packed.</param>
/// <param name="seeds">Good bodies.</param>
internal class RequestTarget(string name, Signal signal, WireFormat format, ContentCoding coding, params byte[][] seeds) : FuzzTarget(name, seeds)
{
    private const long ArrivalUnixNanos = 1_765_031_415_123_000_000;

    private readonly RequestDecoder _decoder = new(new IngestRules { MaxDecodedBytes = 8 * 1024 * 1024, MaxBatchBytes = 16 * 1024 * 1024 });
    private readonly MetricBatch _metrics = new();
    private readonly LogBatch _logs = new();
    private readonly TraceBatch _traces = new();

    public override void Run(ReadOnlyMemory<byte> input)
    {
        var request = new ReceivedRequest(signal, format, coding, ArrivalUnixNanos, Pack(input));
        var (error, count) = signal switch
        {
            Signal.Metrics => (_decoder.TryDecode(request, _metrics), _metrics.SampleCount),
            Signal.Logs => (_decoder.TryDecode(request, _logs), _logs.Count),
            _ => (_decoder.TryDecode(request, _traces), _traces.Count),
        };
        if (error is not null && (count != 0 || error.Offset < 0 || error.Where.Length == 0 || error.ToString().Length > 4096))
            throw new InvalidOperationException($"an error with {count} records: {error}");
    }

    /// <summary>The body that an input is sent as.</summary>
    protected virtual ReadOnlyMemory<byte> Pack(ReadOnlyMemory<byte> input) => input;

    /// <summary>A snappy block.</summary>
    public static byte[] Snappy(byte[] plain) => Snappier.Snappy.CompressToArray(plain);
}
