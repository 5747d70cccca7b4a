using Microsoft.Extensions.Logging.Abstractions;
using VmObs.Query.Metrics;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Signals.Decoding;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Store;

namespace VmObs.Bench;

/// <summary>Questions about recorded samples in sealed hours: milliseconds, CPU and allocations of each.</summary>
/// <remarks>The best of some runs counts; the first one is shown too, for it reads footers and which series there are.</remarks>
internal static class QueryBenchmark
{
    private const int Runs = 5;

    // Times and values are handed out as arrays of their own: 16 bytes a sample of each hour's part, 16 more where parts are joined, and some objects a
    // series, of which recorded ones have 60 samples an hour at least.
    private const double SelectBudgetBytes = 40;

    // What any query costs: a handful of buffers and the objects of its files.
    private const long QueryBytes = 128 * 1024;

    // A series named by its labels costs what it holds, and the objects of a query, not what its hour holds.
    private const long OneSeriesBudgetBytes = 1024 * 1024;

    // Names and nodes, what a query costs, and of a row group that the range cuts which rows are in it; nothing a sample.
    private const long NamesBudgetBytes = 16 * 1024 * 1024;

    /// <returns>Whether the allocation budgets held.</returns>
    public static async Task<bool> RunAsync(string path, string selector)
    {
        var payloads = Payloads.Read(path);
        var folder = Directory.CreateTempSubdirectory("vm-obs-bench-").FullName;
        try
        {
            var ledger = ObservabilityLedger.Open(new LedgerOptions(folder), DiskFolder.Posix, TimeProvider.System);
            var store = await EmbeddedStore.OpenAsync(
                new StoreOptions(folder) { HeadBudgetBytes = 8L << 30 }, DiskFolder.Posix, ledger, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
            await IngestAsync(payloads, store);
            var hours = await store.SealEndedHoursAsync(CancellationToken.None);
            Console.WriteLine($"  {payloads.Items / 1e6:F1} M samples in {hours.Count} sealed hours, {hours.Sum(hour => hour.Length) / 1e6:F1} MB");
            if (SeriesSelector.TryParse(selector, out var matchers) is var (column, message))
                throw new ArgumentException($"{selector}: column {column}: {message}");
            var metric = matchers.First(matcher => matcher.Name == "__name__");
            var held = await MeasureAsync("one series", () => SelectAsync(store.Metrics, matchers), OneSeriesBudgetBytes, perSample: false);
            held &= await MeasureAsync("one metric", () => SelectAsync(store.Metrics, [metric]), SelectBudgetBytes, perSample: true);
            held &= await MeasureAsync("series by a label alone", () => ListAsync(store.Metrics, [.. matchers.Where(matcher => matcher != metric)]), double.MaxValue, perSample: false);
            held &= await MeasureAsync("list all series", () => ListAsync(store.Metrics, []), double.MaxValue, perSample: false);
            held &= await MeasureAsync("names of all metrics", () => NamesAsync(store.Metrics, 0), NamesBudgetBytes, perSample: false);
            var middle = hours.Max(hour => hour.Hour.StartUnixNanos) + (HourId.LengthNanos / 4);
            held &= await MeasureAsync("names from within an hour", () => NamesAsync(store.Metrics, middle), NamesBudgetBytes, perSample: false);
            held &= await MeasureAsync("cardinality", () => CardinalityAsync(store.Metrics), double.MaxValue, perSample: false);
            held &= await MeasureAsync("all samples", () => SelectAsync(store.Metrics, []), SelectBudgetBytes, perSample: true);
            held &= await MeasureAsync("export of all", () => ExportAsync(store.Metrics), double.MaxValue, perSample: true);
            await store.DisposeAsync();
            await ledger.DisposeAsync();
            return held;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> MeasureAsync(string what, Func<Task<long>> ask, double budgetBytes, bool perSample)
    {
        var (first, best, cpu, allocated, found) = (0.0, double.MaxValue, double.MaxValue, long.MaxValue, 0L);
        for (var run = 0; run < Runs; run++)
        {
            var meter = new Meter();
            found = await ask();
            var seconds = meter.Seconds;
            first = run == 0 ? seconds : first;
            (best, cpu, allocated) = (Math.Min(best, seconds), Math.Min(cpu, meter.CpuSeconds), Math.Min(allocated, meter.AllocatedBytes));
        }
        var bytes = perSample ? Math.Max(0, allocated - QueryBytes) / (double)Math.Max(1, found) : allocated;
        var held = bytes <= budgetBytes;
        Console.WriteLine(
            $"  {what,-24} {found,10} found  first {first * 1e3,8:F1} ms  best {best * 1e3,8:F1} ms  CPU {cpu * 1e3,7:F0} ms  {(perSample ? $"{bytes:F1} B a sample" : $"{bytes / 1024:F0} KiB")} allocated"
            + (held ? "" : $", OVER the budget of {budgetBytes} B"));
        return held;
    }

    private static async Task<long> SelectAsync(IMetricSource source, IReadOnlyList<LabelMatcher> matchers)
    {
        var samples = 0L;
        await foreach (var series in source.SelectAsync(new MetricQuery(0, long.MaxValue, matchers), CancellationToken.None))
            samples += series.Values.Length;
        return samples;
    }

    private static async Task<long> ListAsync(IMetricSource source, IReadOnlyList<LabelMatcher> matchers)
    {
        var count = 0L;
        await foreach (var series in source.ListAsync(new MetricQuery(0, long.MaxValue, matchers), CancellationToken.None))
            count += series.Key.IsEmpty ? 0 : 1;
        return count;
    }

    private static async Task<long> NamesAsync(IMetricSource source, long fromUnixNanos)
    {
        var names = new MetricNames();
        var categories = new SeriesCategories();
        await foreach (var series in source.OutlineAsync(new MetricQuery(fromUnixNanos, long.MaxValue, []), CancellationToken.None))
            names.Add(series, categories.Of(series.Key.Span));
        return names.All.Count();
    }

    private static async Task<long> CardinalityAsync(IMetricSource source)
    {
        var cardinality = new Cardinality();
        await foreach (var series in source.ListAsync(new MetricQuery(0, long.MaxValue, []), CancellationToken.None))
            cardinality.Add(series.Key.Span);
        return cardinality.Top(int.MaxValue).Count();
    }

    private static async Task<long> ExportAsync(IMetricSource source)
    {
        using var text = new PooledBuffer(1024 * 1024);
        return await new OpenMetricsExport(source).WriteAsync(new MetricQuery(0, long.MaxValue, []), text, () =>
        {
            text.Clear();
            return ValueTask.CompletedTask;
        }, CancellationToken.None);
    }

    private static async Task IngestAsync(Payloads payloads, EmbeddedStore store)
    {
        var decoder = new RequestDecoder(new StoreOptions("/").Rules);
        using var batch = new MetricBatch();
        foreach (var (body, _) in payloads.Bodies)
        {
            var request = new ReceivedRequest(payloads.Signal, payloads.Format, ContentCoding.Identity, (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, body);
            if (decoder.TryDecode(request, batch) is { } error)
                throw new InvalidOperationException(error.ToString());
            var outcome = await store.MetricSink.AppendAsync(request, batch, CancellationToken.None);
            if (!outcome.Accepted)
                throw new InvalidOperationException(outcome.Reason);
        }
    }
}
