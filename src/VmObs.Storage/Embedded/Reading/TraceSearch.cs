using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Finds traces hour by hour, the newest first.</summary>
/// <remarks>
/// In an hour all parts are walked in order of their ids, so that those of a trace meet, whatever files they are in. The walk reads narrow columns;
/// of the traces that may match, the newest are then read whole, with what the hours beside hold of them, and matched for good. Of an hour the
/// places of the newest that may match are held, nothing else; if too few of them do in the end, it is walked again behind the last one.
/// </remarks>
internal sealed class TraceSearch(TraceReader reader, TraceMatcher matcher, CancellationToken cancellationToken)
{
    private const int PlaceBytes = 24;
    // Places that a walk holds at least: that one does not match for good is rare, and another walk costs more than they do.
    private const int MinPlaces = 1024;
    // How many traces are read at once: those of a row group then cost its columns once.
    private const int ReadAtOnce = 64;

    private readonly TraceQuery _query = matcher.Query;
    private readonly bool _needsAllTexts = matcher.AsksForTags || matcher.Query.Filter is not null;
    private readonly HashSet<TraceId> _seen = [];
    // Traces that began in an earlier hour than the one that they were found in.
    private readonly List<FoundTrace> _earlier = [];

    /// <summary>The traces, in batches: what an hour brings, up to the limit in all.</summary>
    public IEnumerable<IReadOnlyList<FoundTrace>> Run()
    {
        var left = _query.Limit;
        foreach (var hour in HoursBackwards())
        {
            var found = Search(hour, left);
            yield return found;
            left -= found.Count;
            if (left == 0)
                yield break;
            reader.CloseAfter(hour);
        }
        yield return Sorted(_earlier, left);
    }

    private static List<FoundTrace> Sorted(List<FoundTrace> traces, int limit)
    {
        traces.Sort(static (a, b) => a.Place.CompareTo(b.Place));
        return traces.Count > limit ? traces[..limit] : traces;
    }

    private List<HourId> HoursBackwards()
    {
        var first = HourId.Of(_query.FromUnixNanos);
        var last = HourId.Of(_query.ToUnixNanos - 1);
        // A trace that comes after the cursor's may have been found by its part in the next hour.
        if (_query.After is { } after && new HourId(HourId.Of(after.StartUnixNanos).Number + 1) is var hour && hour < last)
            last = hour;
        return reader.View.Files.Select(file => file.Hour).Concat(reader.View.Runs.Select(run => run.Section.Facts.Hour)).Concat(reader.View.Memory.Select(part => part.Hour))
            .Where(hour => hour >= first && hour <= last).Distinct().OrderDescending().ToList();
    }

    private List<FoundTrace> Search(HourId hour, int limit)
    {
        var found = _earlier.FindAll(trace => trace.StartUnixNanos >= hour.StartUnixNanos);
        _earlier.RemoveAll(found.Contains);
        var (began, room) = (0, Math.Max(limit, MinPlaces));
        TracePlace? last = null;
        for (var more = true; more && began < limit;)
        {
            var candidates = reader.ReadRemaining(() => Candidates(hour, room, last));
            more = candidates.Count == room;
            began += Match(candidates, hour, limit - began, found);
            if (more)
                last = candidates[^1];
            _query.Budget.Release((long)candidates.Count * PlaceBytes);
        }
        return Sorted(found, limit);
    }

    /// <summary>Reads candidates and keeps those that match for good.</summary>
    /// <returns>How many of them began in the hour; no more are read once these are enough.</returns>
    private int Match(List<TracePlace> candidates, HourId hour, int limit, List<FoundTrace> found)
    {
        var began = 0;
        for (var at = 0; at < candidates.Count && began < limit;)
        {
            // No more than are wanted, for each may be one.
            var ids = new List<TraceId>();
            for (; at < candidates.Count && ids.Count < Math.Min(limit - began, ReadAtOnce); at++)
            {
                if (_seen.Add(candidates[at].Id))
                    ids.Add(candidates[at].Id);
            }
            var traces = reader.Read(ids, new HourId(hour.Number - 1), new HourId(hour.Number + 1), cancellationToken, _needsAllTexts);
            // The file expired meanwhile, or what lies in another hour makes it another trace.
            foreach (var trace in ids.Select(id => traces[id]).Where(spans => spans.Count > 0 && matcher.Matches(spans)).Select(FoundTrace.Of))
            {
                var isOfHour = trace.StartUnixNanos >= hour.StartUnixNanos;
                began += isOfHour ? 1 : 0;
                (isOfHour ? found : _earlier).Add(trace);
            }
        }
        return began;
    }

    // The newest that may match, behind those of an earlier walk.
    private List<TracePlace> Candidates(HourId hour, int room, TracePlace? last)
    {
        if (!MayHold(hour))
            return [];
        var places = new NewestPlaces(room, last);
        using (var merge = new TracePartMerge(Cursors(hour), withSpans: _query.Filter is not null))
            merge.AddTo(places, matcher, cancellationToken);
        var newest = places.ToList();
        _query.Budget.Hold((long)newest.Count * PlaceBytes);
        return newest;
    }

    // Whether an hour may have a span of the service and name that are asked for; in memory and in runs that is not known at once.
    private bool MayHold(HourId hour) =>
        (matcher.Service is null && matcher.Name is null)
        || reader.View.Memory.Any(part => part.Hour == hour) || reader.View.Runs.Any(run => run.Section.Facts.Hour == hour)
        || reader.View.Files.Any(name => name.Hour == hour && reader.OpenSealed(name) is { } file && reader.Read(name, file, index => index.MayHold(matcher.Service, matcher.Name)));

    private List<ITracePartCursor> Cursors(HourId hour)
    {
        var cursors = new List<ITracePartCursor> { new MemoryPartCursor(reader.MemoryOf(hour), matcher) };
        foreach (var run in reader.View.Runs.Where(run => run.Section.Facts.Hour == hour))
        {
            cursors.Add(new RunPartCursor(run, failed: true, matcher));
            cursors.Add(new RunPartCursor(run, failed: false, matcher));
        }
        foreach (var name in reader.View.Files.Where(name => name.Hour == hour))
        {
            if (reader.OpenSealed(name) is { } file)
                cursors.AddRange(SealedPartCursor.OfClasses(() => reader.IndexOf(name, file), matcher));
        }
        return cursors;
    }
}
