using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>A query that runs: what it may still cost, and what it has given so far.</summary>
/// <remarks>Not thread-safe but for its budget. Its clock stands still while a reader takes the answer: who pages through it costs nothing.</remarks>
internal sealed class RunningQuery : IDisposable
{
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _timeUp;
    private readonly CancellationTokenSource _cancelled;
    private TimeSpan _left;
    private long _since;

    /// <param name="limits">What it may cost.</param>
    /// <param name="time">The clock.</param>
    /// <param name="aborted">Triggered when nobody waits for the answer.</param>
    public RunningQuery(QueryLimits limits, TimeProvider time, CancellationToken aborted)
    {
        _time = time;
        Budget = new QueryBudget(limits.BytesRead, limits.BytesHeld);
        (_left, _since) = (limits.Time, time.GetTimestamp());
        _timeUp = new CancellationTokenSource(_left, time);
        _cancelled = CancellationTokenSource.CreateLinkedTokenSource(_timeUp.Token, aborted);
    }

    /// <summary>What its sources charge.</summary>
    public QueryBudget Budget { get; }

    /// <summary>Triggered when its time is up or nobody waits for it.</summary>
    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>Whether its time is up.</summary>
    public bool IsOutOfTime => _timeUp.IsCancellationRequested;

    /// <summary>What it has given so far.</summary>
    public int Results { get; set; }

    /// <summary>Waits until the reader has taken what was sent.</summary>
    public ValueTask AwaitReaderAsync(ValueTask sending) => sending.IsCompletedSuccessfully ? sending : AwaitStoppedAsync(sending);

    public void Dispose()
    {
        _cancelled.Dispose();
        _timeUp.Dispose();
    }

    private async ValueTask AwaitStoppedAsync(ValueTask sending)
    {
        if (_left == Timeout.InfiniteTimeSpan)
        {
            await sending;
            return;
        }
        _left -= _time.GetElapsedTime(_since);
        _timeUp.CancelAfter(Timeout.InfiniteTimeSpan);
        await sending;
        _since = _time.GetTimestamp();
        _timeUp.CancelAfter(_left > TimeSpan.Zero ? _left : TimeSpan.Zero);
    }
}
