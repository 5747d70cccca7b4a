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
/// <remarks>
/// Cold: the first question of an engine that was just opened, whose code was compiled by earlier engines and whose files the system has in memory. Warm: the
/// same question again.
/// </remarks>
internal static class TraceSearchBenchmark
{
    private const int WarmRounds = 15;
    private const int ColdRounds = 5;
    private const long Second = 1_000_000_000;

    private delegate Task<int> Question(EmbeddedStore store, int round);

    public static async Task RunAsync(string path)
    {
        var folder = Directory.CreateTempSubdirectory("vm-obs-bench-").FullName;
        try
        {
            var (ids, service) = await FillAsync(folder, Payloads.Read(path));
            var all = new TraceQuery(0, long.MaxValue);
            (string What, Question Ask)[] questions =
            [
                ("one by id", (store, round) => GetAsync(store, ids[round * ids.Count / WarmRounds])),
                ("service, over 1 s, 20", (store, _) => CountAsync(store, all with { Service = service, MinDurationNanos = Second + 1 })),
                ("the latest 20", (store, _) => CountAsync(store, all)),
                ("failed, 20", (store, _) => CountAsync(store, all with { Failed = true })),
                ("service and name", (store, _) => CountAsync(store, all with { Service = service, Name = "no such" })),
                ("tag of none", (store, _) => CountAsync(store, all with { Tags = [new("no.such", "value")] })),
            ];
            await WithStoreAsync(folder, async store =>
            {
                foreach (var (_, ask) in questions)
                    await ask(store, 0);
            });
            Console.WriteLine($"{"",-24}     cold ms    CPU ms |  warm ms    CPU ms  MB allocated");
            foreach (var (what, ask) in questions)
                await MeasureAsync(folder, what, ask);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(List<TraceId> Ids, string Service)> FillAsync(string folder, Payloads payloads)
    {
        var ids = new List<TraceId>();
        var service = "";
        await WithStoreAsync(folder, async store =>
        {
            (ids, var spans) = await SendAsync(payloads, store, new StoreOptions(folder).Rules);
            var files = await store.SealEndedHoursAsync(CancellationToken.None);
            service = FoundTrace.Of(await store.Traces.GetAsync(ids[0], QueryBudget.Unlimited(), CancellationToken.None)).Services[^1];
            Console.WriteLine($"{ids.Count} traces, {spans} spans, {files.Count} files");
        });
        return (ids, service);
    }

    private static async Task WithStoreAsync(string folder, Func<EmbeddedStore, Task> use)
    {
        await using var ledger = ObservabilityLedger.Open(new LedgerOptions(folder), DiskFolder.Posix, TimeProvider.System);
        var options = new StoreOptions(folder) { HeadBudgetBytes = 8L << 30 };
        await using var store = await EmbeddedStore.OpenAsync(options, DiskFolder.Posix, ledger, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        await use(store);
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

    private static async Task<int> GetAsync(EmbeddedStore store, TraceId id) => (await store.Traces.GetAsync(id, QueryBudget.Unlimited(), CancellationToken.None)).Count;

    private static async Task<int> CountAsync(EmbeddedStore store, TraceQuery query)
    {
        var found = 0;
        await foreach (var _ in store.Traces.SearchAsync(query, CancellationToken.None))
            found++;
        return found;
    }

    private static async Task MeasureAsync(string folder, string what, Question ask)
    {
        var (cold, warm) = (new Rounds(), new Rounds());
        for (var round = 0; round < ColdRounds; round++)
            await WithStoreAsync(folder, store => cold.MeasureAsync(() => ask(store, round)));
        await WithStoreAsync(folder, async store =>
        {
            await ask(store, 0);
            for (var round = 0; round < WarmRounds; round++)
                await warm.MeasureAsync(() => ask(store, round));
        });
        Console.WriteLine(
            $"{what,-24}  {cold.Milliseconds,9:F1} {cold.CpuMilliseconds,9:F1} | {warm.Milliseconds,8:F1} {warm.CpuMilliseconds,9:F1} {warm.AllocatedBytes / 1e6,13:F2}   {warm.Results} results");
    }

    /// <summary>Several times the same: medians.</summary>
    private sealed class Rounds
    {
        private readonly List<double> _milliseconds = [];
        private readonly List<double> _cpuMilliseconds = [];
        private readonly List<long> _allocatedBytes = [];

        public double Milliseconds => Median(_milliseconds);

        public double CpuMilliseconds => Median(_cpuMilliseconds);

        public long AllocatedBytes => Median(_allocatedBytes);

        public int Results { get; private set; }

        public async Task MeasureAsync(Func<Task<int>> ask)
        {
            var meter = new Meter();
            Results = await ask();
            _milliseconds.Add(meter.Seconds * 1000);
            _cpuMilliseconds.Add(meter.CpuSeconds * 1000);
            _allocatedBytes.Add(meter.AllocatedBytes);
        }

        private static T Median<T>(List<T> values) => values.Order().ElementAt(values.Count / 2);
    }
}
