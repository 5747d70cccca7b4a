using System.Buffers.Binary;
using Snappier;
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
/// <param name="coding">How the input is packed: a format that is a snappy block is fuzzed within zlib's stored blocks, which cost nothing.</param>
/// <param name="seeds">Good bodies, unpacked.</param>
internal sealed class RequestTarget(string name, Signal signal, WireFormat format, ContentCoding coding, params byte[][] seeds) : FuzzTarget(name, seeds)
{
    private const long ArrivalUnixNanos = 1_765_031_415_123_000_000;

    private readonly RequestDecoder _decoder = new(new IngestRules { MaxDecodedBytes = 8 * 1024 * 1024, MaxBatchBytes = 16 * 1024 * 1024 });
    private readonly MetricBatch _metrics = new();
    private readonly LogBatch _logs = new();
    private readonly TraceBatch _traces = new();

    public override void Run(ReadOnlyMemory<byte> input)
    {
        var request = new ReceivedRequest(signal, format, coding, ArrivalUnixNanos, coding == ContentCoding.Deflate ? Stored(input.Span) : input);
        var (error, count) = signal switch
        {
            Signal.Metrics => (_decoder.TryDecode(request, _metrics), _metrics.SampleCount),
            Signal.Logs => (_decoder.TryDecode(request, _logs), _logs.Count),
            _ => (_decoder.TryDecode(request, _traces), _traces.Count),
        };
        if (error is not null && (count != 0 || error.Offset < 0 || error.Where.Length == 0 || error.ToString().Length > 4096))
            throw new InvalidOperationException($"an error with {count} records: {error}");
    }

    /// <summary>A snappy block.</summary>
    public static byte[] Snappy(byte[] plain) => Snappier.Snappy.CompressToArray(plain);

    /// <summary>A zlib stream of one stored block: RFC 1950, RFC 1951 section 3.2.4.</summary>
    private static byte[] Stored(ReadOnlySpan<byte> plain)
    {
        var stream = new byte[plain.Length + 11];
        (stream[0], stream[1], stream[2]) = (0x78, 0x01, 0x01);
        BinaryPrimitives.WriteUInt16LittleEndian(stream.AsSpan(3), (ushort)plain.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(stream.AsSpan(5), (ushort)~plain.Length);
        plain.CopyTo(stream.AsSpan(7));
        uint a = 1, b = 0;
        foreach (var one in plain)
        {
            a = (a + one) % 65521;
            b = (b + a) % 65521;
        }
        BinaryPrimitives.WriteUInt32BigEndian(stream.AsSpan(7 + plain.Length), (b << 16) | a);
        return stream;
    }
}
