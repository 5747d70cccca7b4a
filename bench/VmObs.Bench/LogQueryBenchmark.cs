using Microsoft.Extensions.Logging.Abstractions;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Signals.Filters;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Store;

namespace VmObs.Bench;

/// <summary>Recorded log lines into a store, then questions of them: in open hours, then in sealed ones.</summary>
internal static class LogQueryBenchmark
{
    private const int Runs = 5;

    // Buffers, tasks and a block's few objects, however many lines there are; and what the found records themselves take.
    private const long BudgetBytes = 8 * 1024 * 1024;
    private const long BudgetBytesARecord = 1024;
    private const double MaxNeedleShare = 0.1;

    /// <param name="path">Recorded payloads.</param>
    /// <param name="needle">The trace id of one line.</param>
    /// <returns>Whether the allocation budgets held, and grams made what they should of the work.</returns>
    public static async Task<bool> RunAsync(string path, string needle)
    {
        var payloads = Payloads.Read(path);
        var folder = Directory.CreateTempSubdirectory("vm-obs-bench-").FullName;
        try
        {
            await using var ledger = ObservabilityLedger.Open(new LedgerOptions(folder), DiskFolder.Posix, TimeProvider.System);
            var options = new StoreOptions(folder);
            await using var store = await EmbeddedStore.OpenAsync(options, DiskFolder.Posix, ledger, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            var ingest = new Meter();
            await StoreBenchmark.IngestAsync(payloads, store, options.Rules, lanes: 8);
            Console.WriteLine($"  {payloads.Items} lines taken: {ingest.CpuSeconds:F2} CPU-s");
            // What is on its way to the file takes the CPU and allocates for itself.
            await store.SpillAsync();
            Console.WriteLine("  open");
            var (held, isFaster) = await AskAsync(store, needle);
            var seal = new Meter();
            var hours = await store.SealEndedHoursAsync(CancellationToken.None);
            Console.WriteLine($"  sealed: {seal.CpuSeconds:F2} CPU-s, {hours.Sum(hour => hour.Length) / (double)payloads.Items:F2} bytes a line and {GramFiles(folder).Sum(file => new FileInfo(file).Length) / (double)payloads.Items:F2} of grams");
            MeasureGrams(folder, payloads.Items);
            var (sealedHeld, isFasterSealed) = await AskAsync(store, needle);
            return held && sealedHeld && isFaster && isFasterSealed;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> GramFiles(string folder) => Directory.EnumerateFiles(folder, "*.grams", SearchOption.AllDirectories);

    /// <summary>What grams add to writing a line: all blocks inflated, then inflated and collected.</summary>
    private static void MeasureGrams(string folder, long lines)
    {
        var cpu = new double[2];
        for (var run = 0; run < 2; run++)
        {
            var meter = new Meter();
            using var text = new PooledBuffer(LogFileWriter.BlockTextBytes * 2);
            foreach (var path in Directory.EnumerateFiles(folder, "*.jsonl.gz", SearchOption.AllDirectories))
            {
                var grams = new GramCollector();
                using var file = DiskFolder.Posix.OpenRead(path);
                foreach (var block in LogFileReader.ReadTable(file))
                {
                    text.Clear();
                    LogFileReader.ReadBlock(file, block, text);
                    if (run == 1)
                        grams.Closed(text.WrittenSpan);
                }
                grams.TakeGroups();
            }
            cpu[run] = meter.CpuSeconds;
        }
        Console.WriteLine($"  grams alone: {lines / (cpu[1] - cpu[0]) / 1e6:F1} M lines/CPU-s; inflating alone: {lines / cpu[0] / 1e6:F1} M lines/CPU-s");
    }

    /// <returns>Whether the budgets held, and whether grams spared most of the work.</returns>
    private static async Task<(bool Held, bool IsFaster)> AskAsync(EmbeddedStore store, string needle)
    {
        var all = new LogQuery(0, long.MaxValue);
        var held = true;
        var cpu = new Dictionary<string, double>();
        foreach (var (name, query) in ((string, LogQuery)[])[
            ("newest 100", all), ("oldest 100", all with { NewestFirst = false }), ("newest 100 of a service", all with { Service = "auth" }),
            ("newest 100 of level error", all with { MinLevel = Level.Error }), ("newest 100000", all with { Limit = 100_000 }),
            ("level error, 100000", all with { MinLevel = Level.Error, Limit = 100_000 }), ("text \"anchor failed\"", all with { Text = "anchor failed" }),
            ("text of no line, 3 bytes", all with { Text = "q~x" }), ("text of no line, 5 letters", all with { Text = "zqxjk" }), ("text of no line, 20 bytes", all with { Text = "connection abandoned" }),
            ("needle as text", all with { Text = needle }), ("needle as filter", all with { Filter = Parse($"trace_id == '{needle}'") }),
            ("text \"user\", 100000", all with { Text = "user", Limit = 100_000 })])
        {
            var (withinBudget, seconds) = await MeasureAsync(name, async budget =>
            {
                var found = 0;
                await foreach (var record in store.Logs.FindAsync(query, budget, CancellationToken.None))
                    found++;
                return found;
            });
            held &= withinBudget;
            cpu[name] = seconds;
        }
        foreach (var (name, query) in ((string, LogQuery)[])[
            ("count of level error", all with { MinLevel = Level.Error }), ("count of \"anchor failed\"", all with { Text = "anchor failed" })])
        {
            var (withinBudget, _) = await MeasureAsync(name, async budget => (int)(await store.Logs.CountAsync(query, budget, CancellationToken.None)).Sum(count => count.Lines));
            held &= withinBudget;
        }
        // A text that is too short for grams has every block read; a needle few.
        var isFaster = cpu["needle as text"] < MaxNeedleShare * cpu["text of no line, 3 bytes"];
        if (!isFaster)
            Console.WriteLine($"    the needle took more than {MaxNeedleShare:P0} of the work of reading everything");
        return (held, isFaster);
    }

    private static async Task<(bool Held, double CpuSeconds)> MeasureAsync(string name, Func<QueryBudget, Task<int>> ask)
    {
        var (milliseconds, cpu, allocated, read, found) = (double.MaxValue, double.MaxValue, long.MaxValue, 0L, 0);
        for (var run = 0; run < Runs; run++)
        {
            var budget = QueryBudget.Unlimited();
            var meter = new Meter();
            found = await ask(budget);
            (milliseconds, cpu) = (Math.Min(milliseconds, meter.Seconds * 1e3), Math.Min(cpu, meter.CpuSeconds));
            (allocated, read) = (Math.Min(allocated, meter.AllocatedBytes), budget.BytesRead);
        }
        var held = allocated <= BudgetBytes + (found * BudgetBytesARecord);
        Console.WriteLine(
            $"    {name,-28} {milliseconds,8:F1} ms {cpu * 1e3,8:F1} CPU-ms {read / 1e6,8:F2} MB read {allocated / 1e6,7:F2} MB allocated {found,7} found{(held ? "" : ", OVER the budget of allocations")}");
        return (held, cpu);
    }

    private static Filter Parse(string text) =>
        Filter.TryParse(text, out var filter, out var error) ? filter : throw new InvalidOperationException($"BUG: {error}");
}
