using System.Runtime.CompilerServices;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Reads samples from open and sealed hours, merged by series: each place where samples lie is sorted by key, and read as the answer goes on.</summary>
internal sealed class MetricSource(StoreContext context, HourCatalog<SpillingHour<MetricPart>> hours) : IMetricSource
{
    // An answer is made in pieces of about so many samples or series, so that a thread is asked for seldom and a first piece comes soon.
    private const int PieceSamples = 64 * 1024, PieceSeries = 4096;

    // Beyond so many files each has a smaller window, which costs time and bounds memory.
    private const int ManyFiles = 48, SmallWindowRows = 8 * 1024;

    private readonly MetricFileCache _cache = new(context.Options.ReadCacheBytes);

    public async IAsyncEnumerable<SeriesSamples> SelectAsync(MetricQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var series = Merged(query, withSamples: true, cancellationToken).GetEnumerator();
        var piece = new List<SeriesSamples>();
        for (var more = true; more;)
        {
            var bytes = 0L;
            piece.Clear();
            more = await Task.Run(() => Fill(series, piece, query.Budget, ref bytes), cancellationToken);
            foreach (var one in piece)
                yield return one;
            query.Budget.Release(bytes);
        }
    }

    public async IAsyncEnumerable<SeriesDescription> ListAsync(MetricQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var series = Merged(query, withSamples: false, cancellationToken).GetEnumerator();
        var piece = new List<SeriesSamples>();
        for (var more = true; more;)
        {
            var bytes = 0L;
            piece.Clear();
            more = await Task.Run(() => Fill(series, piece, query.Budget, ref bytes), cancellationToken);
            foreach (var one in piece)
                yield return new SeriesDescription(one.Key, one.Kind, one.Unit);
            query.Budget.Release(bytes);
        }
    }

    private static bool Fill(IEnumerator<SeriesSamples> series, List<SeriesSamples> piece, QueryBudget budget, ref long bytes)
    {
        for (var samples = 0; samples < PieceSamples && piece.Count < PieceSeries;)
        {
            if (!series.MoveNext())
                return false;
            var one = series.Current;
            var size = one.Key.Length + (one.Values.Length * MetricPart.SampleBytes);
            budget.Hold(size);
            bytes += size;
            samples += one.Values.Length;
            piece.Add(one);
        }
        return true;
    }

    /// <summary>The series in order of their keys, each once.</summary>
    private IEnumerable<SeriesSamples> Merged(MetricQuery query, bool withSamples, CancellationToken cancellationToken)
    {
        using var held = new HeldRuns();
        var (sealedHours, open) = Hold(held, query);
        using var merge = new SeriesMerge();
        var selection = new MetricSelection(query, withSamples);
        var window = sealedHours.Count > ManyFiles ? SmallWindowRows : ParquetTable.RowGroupRows;
        foreach (var name in sealedHours)
            merge.Add(ReadSealed(name, selection, window, cancellationToken));
        foreach (var view in open)
        {
            foreach (var run in view.Runs.Where(run => Overlaps(run.Section.Facts, query)))
                merge.Add(ReadRun(run, query));
            foreach (var part in view.Parts)
                merge.Add(part.Published.Read(query));
        }
        while (merge.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return merge.Current;
        }
    }

    private (List<HourFile> Sealed, List<SpillingHourView<MetricPart>> Open) Hold(HeldRuns held, MetricQuery query)
    {
        while (true)
        {
            var current = hours.Current;
            List<SpillingHourView<MetricPart>> open = [.. current.Open.Where(hour => Overlaps(hour.Name.Hour, query)).Select(hour => hour.View)];
            // A run that is closed has become a sealed file, which the next look finds.
            if (held.TryHold(open.SelectMany(view => view.Runs)))
                return ([.. current.Sealed.Where(name => Overlaps(name.Hour, query))], open);
        }
    }

    private IEnumerable<SeriesSamples> ReadSealed(HourFile name, MetricSelection selection, int windowRows, CancellationToken cancellationToken)
    {
        using var file = hours.OpenSealed(context, name);
        if (file is null)
            yield break;
        var footer = _cache.Footer(name, () => ParquetFile.ReadMetadata(file.File, MetricColumns.Formats));
        using var scan = new MetricFileScan(file.File, footer, selection)
        {
            MaxWindowRows = windowRows,
            Directory = (group, read) => _cache.Directory(name, group, read),
        };
        foreach (var series in scan.Read(cancellationToken))
            yield return series;
    }

    private static IEnumerable<SeriesSamples> ReadRun(RunPart run, MetricQuery query)
    {
        var samples = new SampleColumns();
        using var cursor = run.Open();
        while (cursor.MoveNext())
        {
            if (!query.Wants(cursor.Key))
                continue;
            query.Budget.Read(cursor.Payload.Length);
            samples.Clear();
            var description = MetricPayload.Read(cursor.Payload, samples);
            var (from, to) = (samples.LowerBound(query.FromUnixNanos), samples.LowerBound(query.ToUnixNanos));
            if (from < to)
                yield return samples.Copy(cursor.Key.ToArray(), description, from, to, query.WithDetails);
        }
    }

    private static bool Overlaps(RunFacts facts, MetricQuery query) => facts.FirstUnixNanos < query.ToUnixNanos && facts.LastUnixNanos >= query.FromUnixNanos;

    private static bool Overlaps(HourId hour, MetricQuery query) => hour.StartUnixNanos < query.ToUnixNanos && hour.EndUnixNanos > query.FromUnixNanos;
}
