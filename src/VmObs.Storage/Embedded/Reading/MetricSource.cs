using System.Runtime.CompilerServices;
using System.Text;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Reads samples from open and sealed hours.</summary>
internal sealed class MetricSource(StoreContext context, HourCatalog<SpillingHour<MetricPart>> hours) : IMetricSource
{
    public async IAsyncEnumerable<SeriesSamples> SelectAsync(MetricQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var series in await Task.Run(() => Select(query, cancellationToken), cancellationToken))
            yield return series;
    }

    private List<SeriesSamples> Select(MetricQuery query, CancellationToken cancellationToken)
    {
        var labels = query.Labels.Select(l => (Name: Encoding.UTF8.GetBytes(l.Key), Value: Encoding.UTF8.GetBytes(l.Value))).ToArray();
        var merged = new SortedDictionary<ReadOnlyMemory<byte>, List<SeriesSamples>>(Comparer<ReadOnlyMemory<byte>>.Create((a, b) => a.Span.SequenceCompareTo(b.Span)));
        foreach (var series in Parts(query, key => Matches(key.Span, labels)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!merged.TryGetValue(series.Key, out var parts))
                merged.Add(series.Key, parts = []);
            parts.Add(series);
        }
        return [.. merged.Values.Select(Merge)];
    }

    private IEnumerable<SeriesSamples> Parts(MetricQuery query, Predicate<ReadOnlyMemory<byte>> wanted)
    {
        using var held = new HeldRuns();
        HourSet<SpillingHour<MetricPart>> current;
        List<SpillingHourView<MetricPart>> open;
        do
        {
            // A run that is closed has become a sealed file, which the next look finds.
            current = hours.Current;
            open = [.. current.Open.Where(hour => Overlaps(hour.Name.Hour, query)).Select(hour => hour.View)];
        }
        while (!held.TryHold(open.SelectMany(view => view.Runs)));
        foreach (var name in current.Sealed.Where(name => Overlaps(name.Hour, query)))
        {
            using var file = hours.OpenSealed(context, name);
            if (file is null)
                continue;
            foreach (var series in MetricFileReader.Select(file.File, query))
                yield return series;
        }
        foreach (var view in open)
        {
            foreach (var series in view.Runs.Where(run => Overlaps(run.Section.Facts, query)).SelectMany(run => ReadRun(run, query, wanted)))
                yield return series;
            foreach (var series in view.Parts.SelectMany(part => part.Published.Read(query, wanted)))
                yield return series;
        }
    }

    private static IEnumerable<SeriesSamples> ReadRun(RunPart run, MetricQuery query, Predicate<ReadOnlyMemory<byte>> wanted)
    {
        var samples = new SampleColumns();
        using var cursor = run.Open();
        while (cursor.MoveNext())
        {
            var key = cursor.Key.ToArray();
            if (!wanted(key))
                continue;
            samples.Clear();
            var description = MetricPayload.Read(cursor.Payload, samples);
            var (from, to) = (samples.LowerBound(query.FromUnixNanos), samples.LowerBound(query.ToUnixNanos));
            if (from < to)
                yield return samples.Copy(key, description, from, to, query.WithDetails);
        }
    }

    private static bool Overlaps(RunFacts facts, MetricQuery query) => facts.FirstUnixNanos < query.ToUnixNanos && facts.LastUnixNanos >= query.FromUnixNanos;

    private static bool Overlaps(HourId hour, MetricQuery query) => hour.StartUnixNanos < query.ToUnixNanos && hour.EndUnixNanos > query.FromUnixNanos;

    private static bool Matches(ReadOnlySpan<byte> key, (byte[] Name, byte[] Value)[] labels)
    {
        foreach (var (name, value) in labels)
        {
            if (!LabelKey.ValueOf(key, name).SequenceEqual(value))
                return false;
        }
        return true;
    }

    // Parts of different hours follow one another; an hour's late batches may lie between its samples.
    private static SeriesSamples Merge(List<SeriesSamples> parts)
    {
        if (parts.Count == 1)
            return parts[0];
        var samples = new SampleColumns();
        foreach (var part in parts)
        {
            var first = samples.Count;
            var room = samples.Add(part.Values.Length);
            part.TimestampsUnixNanos.Span.CopyTo(room.Times);
            part.Values.Span.CopyTo(room.Values);
            foreach (var detail in part.Details)
                samples.AddDetail(first + detail.Sample, detail.Json.Span);
        }
        samples.Sort();
        return samples.Copy(parts[0].Key, new MetricDescription(parts[0].Kind, parts[0].Unit), 0, samples.Count, withDetails: true);
    }
}
