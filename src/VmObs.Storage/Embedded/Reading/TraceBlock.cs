using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Traces of a row group that follow one another and have no parts elsewhere in their hour.</summary>
/// <param name="Group">The row group.</param>
/// <param name="First">The first trace's number in it.</param>
/// <param name="End">The one behind the last trace.</param>
internal readonly record struct TraceBlock(SpanRowGroup Group, int First, int End)
{
    /// <summary>Number of traces.</summary>
    public int Count => End - First;

    /// <summary>Adds those that answer a query as far as narrow columns say: some nanoseconds a trace.</summary>
    public void AddTo(NewestPlaces places, TraceMatcher matcher)
    {
        var outlines = Group.Outlines;
        var ids = Group.Traces.Ids;
        var starts = outlines.Starts;
        for (var trace = First; trace < End; trace++)
        {
            // Most are older than those that were found: nothing else is looked at.
            if (starts[trace] < places.OldestUnixNanos)
                continue;
            var place = new TracePlace(starts[trace], ids[trace]);
            if (matcher.MatchesWhole(place, outlines.Ends[trace], outlines.Failed[trace]) && Group.IsAskedFor(trace))
                places.Add(place);
        }
    }
}
