using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Decoding;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Bench;

/// <summary>Hour files alone: recorded samples or spans, sorted as a seal has them, through the file's writer; then read and verified.</summary>
/// <remarks>All of a file's records go into one hour. The best of some runs counts.</remarks>
internal static class SealBenchmark
{
    private const int Runs = 5;

    // What a writer holds of one row group, once a file, and some facts a row group: spread over the items.
    private const double BudgetBytes = 16;

    /// <returns>Whether the allocation budget held.</returns>
    public static bool Run(string path)
    {
        var payloads = Payloads.Read(path);
        return payloads.Signal switch
        {
            Signal.Metrics => RunMetrics(payloads),
            Signal.Traces => RunTraces(payloads),
            _ => throw new ArgumentException($"{path}: log lines are written while they arrive; expected .rw or .otlp"),
        };
    }

    private static bool RunMetrics(Payloads payloads)
    {
        var series = ReadSeries(payloads);
        var name = new HourFile(Signal.Metrics, HourId.Of(series[0].Samples.TimestampsUnixNanos[0]), 0);
        return Run(payloads.Items, name, file =>
        {
            using var writer = new MetricFileWriter(file, name);
            foreach (var (key, kind, unit, samples) in series)
                writer.WriteSeries(key, kind, unit, samples.TimestampsUnixNanos, samples.Values);
            writer.Finish();
        }, file => MetricFileReader.Verify(file).Findings.Count);
    }

    private static bool RunTraces(Payloads payloads)
    {
        var traces = ReadTraces(payloads);
        var name = new HourFile(Signal.Traces, HourId.Of(new SpanRecord(traces[0].Spans[0].Span).StartUnixNanos), 0);
        return Run(payloads.Items, name, file =>
        {
            using var writer = new TraceFileWriter(file, name);
            foreach (var (key, failed, leaf, spans) in traces)
                writer.WriteTrace(key, failed, leaf, spans);
            writer.Finish();
        }, file => TraceFileReader.Verify(file).Findings.Count);
    }

    private static bool Run(long items, HourFile name, Action<DiskFile> write, Func<DiskFile, int> verify)
    {
        var folder = Directory.CreateTempSubdirectory("vm-obs-bench-").FullName;
        try
        {
            var path = Path.Combine(folder, Path.GetFileName(name.StoragePath));
            var (best, allocated) = (double.MaxValue, long.MaxValue);
            long length = 0;
            for (var run = 0; run < Runs; run++)
            {
                DiskFolder.Posix.Delete(path);
                using var file = DiskFolder.Posix.Open(path, create: true);
                var meter = new Meter();
                write(file);
                (best, allocated, length) = (Math.Min(best, meter.CpuSeconds), Math.Min(allocated, meter.AllocatedBytes), file.Length);
            }
            using var written = DiskFolder.Posix.Open(path, create: false);
            var reading = new Meter();
            if (verify(written) is > 0 and var findings)
                throw new InvalidOperationException($"{findings} findings in a good file");
            var held = allocated / (double)items <= BudgetBytes;
            Console.WriteLine(
                $"  write {items / best / 1e3,8:F0} k items/CPU-s  {length / (double)items:F3} bytes an item  {allocated / (double)items:F2} B allocated an item{(held ? "" : $", OVER the budget of {BudgetBytes} B")}"
                + $"  verify {items / reading.CpuSeconds / 1e3:F0} k items/CPU-s");
            return held;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<(byte[] Key, MetricKind Kind, byte[] Unit, SampleColumns Samples)> ReadSeries(Payloads payloads)
    {
        var decoder = new RequestDecoder(new IngestRules());
        using var batch = new MetricBatch();
        var series = new Dictionary<InternedSeries, (byte[] Key, MetricKind Kind, byte[] Unit, SampleColumns Samples)>();
        foreach (var (body, _) in payloads.Bodies)
        {
            if (decoder.TryDecode(Request(payloads, body), batch) is { } error)
                throw new InvalidOperationException(error.ToString());
            foreach (ref readonly var sample in batch.Samples)
            {
                var identity = batch.Identity(sample.Series);
                if (!series.TryGetValue(identity, out var entry))
                    series[identity] = entry = (identity.Key.ToArray(), batch.Kind(sample.Series), batch.Unit(sample.Series).ToArray(), new SampleColumns());
                entry.Samples.Add(sample.TimestampUnixNanos, sample.Value);
            }
        }
        var sorted = series.Values.ToList();
        sorted.Sort((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        sorted.ForEach(entry => entry.Samples.Sort());
        return sorted;
    }

    private static List<(TraceKey Key, bool Failed, Digest Leaf, List<ReadOnlyMemory<byte>> Spans)> ReadTraces(Payloads payloads)
    {
        var decoder = new RequestDecoder(new IngestRules());
        using var batch = new TraceBatch();
        var traces = new Dictionary<TraceId, List<ReadOnlyMemory<byte>>>();
        foreach (var (body, _) in payloads.Bodies)
        {
            if (decoder.TryDecode(Request(payloads, body), batch) is { } error)
                throw new InvalidOperationException(error.ToString());
            for (var i = 0; i < batch.Count; i++)
            {
                if (!traces.TryGetValue(batch[i].TraceId, out var spans))
                    traces[batch[i].TraceId] = spans = [];
                spans.Add(batch[i].Bytes.ToArray());
            }
        }
        using var scratch = new PooledBuffer();
        var decided = traces.Select(trace =>
        {
            var spans = trace.Value.OrderBy(span => new SpanRecord(span.Span).StartUnixNanos).ThenBy(span => new SpanRecord(span.Span).SpanId).ToList();
            // A leaf is hashed when its trace is decided, not when it is written.
            return (Key: new TraceKey(trace.Key, 1), Failed: spans.Exists(span => new SpanRecord(span.Span).Status == SpanStatus.Error), TraceLeaf.Hash(scratch, trace.Key, 1, spans), Spans: spans);
        }).ToList();
        return [.. decided.OrderByDescending(trace => trace.Failed).ThenBy(trace => trace.Key)];
    }

    private static ReceivedRequest Request(Payloads payloads, byte[] body) =>
        new(payloads.Signal, payloads.Format, ContentCoding.Identity, (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, body);
}
