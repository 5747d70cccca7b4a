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

    public IAsyncEnumerable<SeriesSamples> SelectAsync(MetricQuery query, CancellationToken cancellationToken) =>
        InPiecesAsync(ending => Select(query, ending), static series => (series.Key.Length, series.Values.Length), query.Budget, cancellationToken);

    public IAsyncEnumerable<SeriesDescription> ListAsync(MetricQuery query, CancellationToken cancellationToken) =>
        InPiecesAsync(ending => List(query, ending), static series => (series.Key.Length, 0), query.Budget, cancellationToken);

    public IAsyncEnumerable<SeriesOutline> OutlineAsync(MetricQuery query, CancellationToken cancellationToken) =>
        InPiecesAsync(ending => Outline(query, ending), static series => (series.Key.Length, 1), query.Budget, cancellationToken);

    /// <summary>Hands out series while they are found on threads of the pool; what is on its way is charged to the budget.</summary>
    /// <param name="open">Begins to find them.</param>
    /// <param name="sizeOf">A series' bytes of its key, and its samples.</param>
    /// <param name="budget">What it may cost.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private static async IAsyncEnumerable<T> InPiecesAsync<T>(
        Func<CancellationToken, IEnumerable<T>> open, Func<T, (int KeyBytes, int Samples)> sizeOf, QueryBudget budget, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var series = open(cancellationToken).GetEnumerator();
        var piece = new List<T>();
        for (var more = true; more;)
        {
            var bytes = 0L;
            piece.Clear();
            more = await Task.Run(() => Fill(series, piece, sizeOf, budget, ref bytes), cancellationToken);
            foreach (var one in piece)
                yield return one;
            budget.Release(bytes);
        }
    }

    private static bool Fill<T>(IEnumerator<T> series, List<T> piece, Func<T, (int KeyBytes, int Samples)> sizeOf, QueryBudget budget, ref long bytes)
    {
        for (var samples = 0; samples < PieceSamples && piece.Count < PieceSeries;)
        {
            if (!series.MoveNext())
                return false;
            var size = sizeOf(series.Current);
            var held = size.KeyBytes + (size.Samples * MetricPart.SampleBytes);
            budget.Hold(held);
            bytes += held;
            samples += size.Samples;
            piece.Add(series.Current);
        }
        return true;
    }

    private IEnumerable<SeriesSamples> Select(MetricQuery query, CancellationToken cancellationToken)
    {
        using var held = new HeldRuns();
        var (sealedHours, open) = Hold(held, query);
        using var merge = new KeyMerge<SeriesSamples>(static series => series.Key);
        var selection = new MetricSelection(query);
        var window = sealedHours.Count > ManyFiles ? SmallWindowRows : ParquetTable.RowGroupRows;
        foreach (var name in sealedHours)
            merge.Add(ReadSealed(name, selection, scan => scan.Read(cancellationToken), window));
        foreach (var view in open)
        {
            foreach (var run in view.Runs.Where(run => Overlaps(run.Section.Facts, query)))
                merge.Add(ReadRun(run, query));
            foreach (var part in view.Parts)
                merge.Add(part.Published.Read(query));
        }
        var join = new SampleJoin();
        while (merge.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return join.Of(merge.Parts);
        }
    }

    private IEnumerable<SeriesDescription> List(MetricQuery query, CancellationToken cancellationToken)
    {
        foreach (var parts in Parts(query, cancellationToken))
            yield return new SeriesDescription(parts[0].Key, parts[0].Kind, parts[0].Unit);
    }

    private IEnumerable<SeriesOutline> Outline(MetricQuery query, CancellationToken cancellationToken)
    {
        foreach (var parts in Parts(query, cancellationToken))
            yield return Together(parts);
    }

    /// <summary>What all places have of each series, told in short.</summary>
    private IEnumerable<IReadOnlyList<SeriesPart>> Parts(MetricQuery query, CancellationToken cancellationToken)
    {
        using var held = new HeldRuns();
        var (sealedHours, open) = Hold(held, query);
        using var merge = new KeyMerge<SeriesPart>(static part => part.Key);
        var selection = new MetricSelection(query with { WithDetails = false });
        foreach (var name in sealedHours)
            merge.Add(ReadSealed(name, selection, scan => scan.ReadOutline(name.Hour, cancellationToken), ParquetTable.RowGroupRows));
        foreach (var view in open)
        {
            foreach (var run in view.Runs.Where(run => Overlaps(run.Section.Facts, query)))
                merge.Add(ReadRunOutline(run, query));
            foreach (var part in view.Parts)
                merge.Add(part.Published.Outline(query, part.Hour.Name.Hour));
        }
        while (merge.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return merge.Parts;
        }
    }

    /// <summary>A series' parts together; last samples are looked up in those of its last hour alone.</summary>
    private static SeriesOutline Together(IReadOnlyList<SeriesPart> parts)
    {
        var (samples, hour) = (0L, parts[0].Hour);
        for (var i = 0; i < parts.Count; i++)
        {
            samples += parts[i].Samples;
            hour = parts[i].Hour > hour ? parts[i].Hour : hour;
        }
        var last = (UnixNanos: long.MinValue, Value: 0.0);
        for (var i = 0; i < parts.Count; i++)
        {
            // Of samples of one time the later part's, as where the samples themselves are put together.
            if (parts[i].Hour == hour && parts[i].Last is var found && found.UnixNanos >= last.UnixNanos)
                last = found;
        }
        return new SeriesOutline(parts[0].Key, parts[0].Kind, parts[0].Unit, samples, last.UnixNanos, last.Value);
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

    private IEnumerable<T> ReadSealed<T>(HourFile name, MetricSelection selection, Func<MetricFileScan, IEnumerable<T>> read, int windowRows)
    {
        using var file = hours.OpenSealed(context, name);
        if (file is null)
            yield break;
        var footer = _cache.Footer(name, () => ParquetFile.ReadMetadata(file.File, MetricColumns.Formats));
        using var scan = new MetricFileScan(file.File, footer, selection)
        {
            MaxWindowRows = windowRows,
            Directory = (group, read) => _cache.Directory(name, group, read),
            Ends = (group, read) => _cache.Ends(name, group, read),
        };
        foreach (var series in read(scan))
            yield return series;
    }

    private static IEnumerable<SeriesSamples> ReadRun(RunPart run, MetricQuery query)
    {
        var samples = new SampleColumns();
        using var cursor = run.Open();
        while (Next(cursor, query, samples) is var (description, from, to))
        {
            if (from < to)
                yield return samples.Copy(cursor.Key.ToArray(), description, from, to, query.WithDetails);
        }
    }

    private static IEnumerable<SeriesPart> ReadRunOutline(RunPart run, MetricQuery query)
    {
        var samples = new SampleColumns();
        using var cursor = run.Open();
        while (Next(cursor, query, samples) is var (description, from, to))
        {
            if (from >= to)
                continue;
            var last = new LastSamples([samples.TimestampsUnixNanos[to - 1]], [samples.Values[to - 1]]);
            yield return new SeriesPart(cursor.Key.ToArray(), description.Kind, description.Unit, to - from, run.Section.Facts.Hour, new Lazy<LastSamples>(last), 0);
        }
    }

    /// <summary>Reads the run's next series that is asked for, and which of its samples lie in the range; null when there is none.</summary>
    private static (MetricDescription Description, int From, int To)? Next(RunCursor cursor, MetricQuery query, SampleColumns samples)
    {
        while (cursor.MoveNext())
        {
            if (!query.Wants(cursor.Key))
                continue;
            query.Budget.Read(cursor.Payload.Length);
            samples.Clear();
            var description = MetricPayload.Read(cursor.Payload, samples);
            return (description, samples.LowerBound(query.FromUnixNanos), samples.LowerBound(query.ToUnixNanos));
        }
        return null;
    }

    private static bool Overlaps(RunFacts facts, MetricQuery query) => facts.FirstUnixNanos < query.ToUnixNanos && facts.LastUnixNanos >= query.FromUnixNanos;

    private static bool Overlaps(HourId hour, MetricQuery query) => hour.StartUnixNanos < query.ToUnixNanos && hour.EndUnixNanos > query.FromUnixNanos;
}
