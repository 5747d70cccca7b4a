using VmObs.Signals.Ports;
using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>What parts of a trace come to, as far as their narrow columns say.</summary>
internal struct TraceFacts
{
    private long _start = long.MaxValue;
    private long _end = long.MinValue;
    private bool _failed;
    private bool _hasSpan;

    public TraceFacts()
    {
    }

    /// <summary>Adds a span, or several.</summary>
    /// <param name="start">The first start, Unix ns.</param>
    /// <param name="end">The last end, Unix ns.</param>
    /// <param name="failed">Whether any failed.</param>
    /// <param name="isAskedFor">Whether any is one that the query asks for.</param>
    public void Add(long start, long end, bool failed, bool isAskedFor)
    {
        _start = Math.Min(_start, start);
        _end = Math.Max(_end, end);
        _failed |= failed;
        _hasSpan |= isAskedFor;
    }

    /// <summary>Adds a span's record.</summary>
    public void Add(SpanRecord span, TraceMatcher matcher) =>
        Add(span.StartUnixNanos, span.EndUnixNanos, span.Status == SpanStatus.Error, !_hasSpan && matcher.MatchesSpan(span));

    /// <summary>Where the trace stands if these are all its parts.</summary>
    public readonly TracePlace PlaceOf(TraceId id) => new(_start, id);

    /// <summary>Whether the trace answers the query as far as that can be told.</summary>
    public readonly bool MayMatch(TraceId id, TraceMatcher matcher) => _hasSpan && matcher.MatchesWhole(PlaceOf(id), _end, _failed);
}
