using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using VmObs.Signals.Decoding;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Store;
using VmObs.Verification;

namespace VmObs.Bench;

/// <summary>Recorded requests through decoder, journal and head to acknowledgement, then sealing, then verifying the folder; without HTTP.</summary>
internal static class StoreBenchmark
{
    /// <returns>Whether the allocation budgets held.</returns>
    public static async Task<bool> RunAsync(string path, int lanes)
    {
        var payloads = Payloads.Read(path);
        var folder = Directory.CreateTempSubdirectory("vm-obs-bench-").FullName;
        try
        {
            var ledger = ObservabilityLedger.Open(new LedgerOptions(folder), DiskFolder.Posix, TimeProvider.System);
            var options = new StoreOptions(folder) { HeadBudgetBytes = 8L << 30 };
            var store = await EmbeddedStore.OpenAsync(options, DiskFolder.Posix, ledger, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            var held = MeasureDecoding(payloads);
            var ingest = new Meter();
            var latencies = await IngestAsync(payloads, store, options.Rules, lanes);
            Report($"ingest, {lanes} senders", payloads.Items, ingest, $"p50 {latencies[latencies.Count / 2]:F1} ms, p99 {latencies[latencies.Count * 99 / 100]:F1} ms, RSS peak {PeakRss()} MB");
            var seal = new Meter();
            var hours = await store.SealEndedHoursAsync(CancellationToken.None);
            Report("seal", payloads.Items, seal, $"{hours.Count} files, {hours.Sum(hour => hour.Length) / (double)payloads.Items:F2} bytes an item, RSS peak {PeakRss()} MB");
            var verify = new Meter();
            var report = DataFolderVerifier.Run(folder, ledger.PublicKey, VerificationDepth.Records);
            if (report.Findings.Count > 0)
                throw new InvalidOperationException(report.Findings[0]);
            Report("verify --records", payloads.Items, verify, $"{report.Bytes / 1e6 / verify.CpuSeconds:F0} MB/CPU-s");
            var replay = new Meter();
            report = DataFolderVerifier.Run(folder, ledger.PublicKey, VerificationDepth.Journal);
            if (report.Findings.Count > 0)
                throw new InvalidOperationException(report.Findings[0]);
            Report("verify --journal", payloads.Items, replay, $"{report.Journal!.Compared} files compared, RSS peak {PeakRss()} MB");
            await store.DisposeAsync();
            await ledger.DisposeAsync();
            return held;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Decoding alone.</summary>
    /// <returns>Whether the allocation budget held.</returns>
    public static bool Decode(string path) => MeasureDecoding(Payloads.Read(path));

    /// <summary>What decoding may allocate an item once warm, bytes. The formats of heavy senders allocate nothing but the one object a request
    /// that undoes its snappy block; the others a few objects a request.</summary>
    private static double DecodeBudgetBytes(WireFormat format) =>
        format is WireFormat.RemoteWrite1 or WireFormat.RemoteWrite2 or WireFormat.OtlpProtobuf or WireFormat.LokiProtobuf ? 0.05 : 1;

    private static bool MeasureDecoding(Payloads payloads)
    {
        var decoder = new RequestDecoder(new IngestRules());
        using var metrics = new MetricBatch();
        using var logs = new LogBatch();
        using var traces = new TraceBatch();
        // Twice: the buffers are grown then, and the series known.
        Decode();
        Decode();
        var decode = new Meter();
        Decode();
        var budget = DecodeBudgetBytes(payloads.Format);
        var allocated = decode.AllocatedBytes / (double)payloads.Items;
        Report("decode", payloads.Items, decode, allocated <= budget ? "" : $"OVER the budget of {budget} B");
        return allocated <= budget;

        void Decode()
        {
            foreach (var (body, _) in payloads.Bodies)
                Check(StoreBenchmark.Decode(decoder, Request(payloads, body), metrics, logs, traces));
        }
    }

    /// <summary>Sends recorded requests.</summary>
    /// <returns>Milliseconds to each acknowledgement, in rising order.</returns>
    public static async Task<List<double>> IngestAsync(Payloads payloads, EmbeddedStore store, IngestRules rules, int lanes)
    {
        var decoder = new RequestDecoder(rules);
        var next = -1;
        var results = await Task.WhenAll(Enumerable.Range(0, lanes).Select(_ => Task.Run(async () =>
        {
            var latencies = new List<double>();
            using var metrics = new MetricBatch();
            using var logs = new LogBatch();
            using var traces = new TraceBatch();
            for (int i; (i = Interlocked.Increment(ref next)) < payloads.Bodies.Count;)
            {
                var start = Stopwatch.GetTimestamp();
                var request = Request(payloads, payloads.Bodies[i].Body);
                Check(Decode(decoder, request, metrics, logs, traces));
                var outcome = payloads.Signal switch
                {
                    Signal.Metrics => await store.MetricSink.AppendAsync(request, metrics, CancellationToken.None),
                    Signal.Logs => await store.LogSink.AppendAsync(request, logs, CancellationToken.None),
                    _ => await store.TraceSink.AppendAsync(request, traces, CancellationToken.None),
                };
                if (!outcome.Accepted)
                    throw new InvalidOperationException(outcome.Reason);
                latencies.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            return latencies;
        })));
        return [.. results.SelectMany(r => r).Order()];
    }

    private static WireError? Decode(RequestDecoder decoder, in ReceivedRequest request, MetricBatch metrics, LogBatch logs, TraceBatch traces) => request.Signal switch
    {
        Signal.Metrics => decoder.TryDecode(request, metrics),
        Signal.Logs => decoder.TryDecode(request, logs),
        _ => decoder.TryDecode(request, traces),
    };

    private static ReceivedRequest Request(Payloads payloads, byte[] body) =>
        new(payloads.Signal, payloads.Format, ContentCoding.Identity, (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, body);

    private static void Check(WireError? error)
    {
        if (error is not null)
            throw new InvalidOperationException(error.ToString());
    }

    private static void Report(string step, long items, Meter meter, string more = "")
    {
        var cpu = meter.CpuSeconds;
        Console.WriteLine($"  {step,-22} {items / cpu / 1e3,12:F0} k items/CPU-s {items / meter.Seconds / 1e3,10:F0} k/s {meter.AllocatedBytes / (double)items,8:F3} B allocated an item  {more}");
    }

    private static long PeakRss() =>
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Where(char.IsDigit).Aggregate(0L, (n, c) => (n * 10) + c - '0') / 1024;
}
