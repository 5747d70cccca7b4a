using Microsoft.Extensions.Logging.Abstractions;
using VmObs.Receipts;
using VmObs.Signals.Decoding;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Store;

namespace VmObs.Bench;

/// <summary>Questions about recorded traces, once they are sealed: one by id, and searches over all of them; without HTTP.</summary>
internal static class TraceSearchBenchmark
{
    private const int Rounds = 15;
    private const long Second = 1_000_000_000;

    public static async Task RunAsync(string path)
    {
        var folder = Directory.CreateTempSubdirectory("vm-obs-bench-").FullName;
        try
        {
            await using var ledger = ObservabilityLedger.Open(new LedgerOptions(folder), DiskFolder.Posix, TimeProvider.System);
            var options = new StoreOptions(folder) { HeadBudgetBytes = 8L << 30 };
            await using var store = await EmbeddedStore.OpenAsync(options, DiskFolder.Posix, ledger, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            var (ids, spans) = await SendAsync(Payloads.Read(path), store, options.Rules);
            var files = await store.SealEndedHoursAsync(CancellationToken.None);
            Console.WriteLine($"{ids.Count} traces, {spans} spans, {files.Count} files");
            await MeasureAsync("one by id", async round => (await store.Traces.GetAsync(ids[round * ids.Count / Rounds], QueryBudget.Unlimited(), CancellationToken.None)).Count);
            var all = new TraceQuery(0, long.MaxValue);
            await MeasureAsync("the latest 20", _ => CountAsync(store, all));
            var service = await ServiceAsync(store, ids[0]);
            await MeasureAsync("service, over 1 s, 20", _ => CountAsync(store, all with { Service = service, MinDurationNanos = Second + 1 }));
            await MeasureAsync("failed, 20", _ => CountAsync(store, all with { Failed = true }));
            await MeasureAsync("tag of none", _ => CountAsync(store, all with { Tags = [new("no.such", "value")] }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(List<TraceId> Ids, long Spans)> SendAsync(Payloads payloads, EmbeddedStore store, IngestRules rules)
    {
        var decoder = new RequestDecoder(rules);
        using var batch = new TraceBatch();
        var ids = new HashSet<TraceId>();
        long spans = 0;
        foreach (var body in payloads.Bodies.Select(static one => one.Body))
        {
            var request = new ReceivedRequest(payloads.Signal, payloads.Format, ContentCoding.Identity, (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, body);
            if (decoder.TryDecode(request, batch) is { } error)
                throw new InvalidOperationException(error.ToString());
            for (var i = 0; i < batch.Count; i++)
                ids.Add(batch[i].TraceId);
            spans += batch.Count;
            if (!(await store.TraceSink.AppendAsync(request, batch, CancellationToken.None)).Accepted)
                throw new InvalidOperationException("the store is busy");
        }
        return ([.. ids], spans);
    }

    private static async Task<string> ServiceAsync(EmbeddedStore store, TraceId id) =>
        FoundTrace.Of(await store.Traces.GetAsync(id, QueryBudget.Unlimited(), CancellationToken.None)).Services[^1];

    private static async Task<int> CountAsync(EmbeddedStore store, TraceQuery query)
    {
        var found = 0;
        await foreach (var _ in store.Traces.SearchAsync(query, CancellationToken.None))
            found++;
        return found;
    }

    private static async Task MeasureAsync(string what, Func<int, Task<int>> ask)
    {
        await ask(0);
        var milliseconds = new List<double>();
        var (results, total) = (0, new Meter());
        for (var round = 0; round < Rounds; round++)
        {
            var meter = new Meter();
            results = await ask(round);
            milliseconds.Add(meter.Seconds * 1000);
        }
        milliseconds.Sort();
        Console.WriteLine($"{what,-24} median {milliseconds[Rounds / 2],8:F1} ms, CPU {total.CpuSeconds * 1000 / Rounds,8:F1} ms, {total.AllocatedBytes / Rounds / 1e6,6:F1} MB allocated, {results} results");
    }
}
