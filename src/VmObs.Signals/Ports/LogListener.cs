namespace VmObs.Signals.Ports;

/// <summary>Records on their way to one who listens; those for whom there is no room are counted. Whoever listens disposes it.</summary>
/// <param name="maxBytes">Bytes of records that may wait.</param>
/// <param name="ended">Told that nobody listens any more.</param>
/// <remarks>One reader; any thread may offer, and never waits. After some were missed, records are taken again once half the room is free, so that one
/// who is a little too slow is told of few large gaps.</remarks>
public sealed class LogListener(long maxBytes, Action<LogListener> ended) : IDisposable
{
    private const int RecordBytes = 64;

    private readonly Lock _lock = new();
    private readonly Queue<LogHeard> _waiting = new();
    // Never disposed: it has no handle, and whoever offers may still hold the listener.
    private readonly SemaphoreSlim _some = new(0, 1);
    private long _bytes;
    // Missed behind all that waits.
    private long _gap;
    private bool _isOver;

    /// <summary>Takes a record, or counts it as missed.</summary>
    public void Offer(in LogRecord record)
    {
        lock (_lock)
        {
            var bytes = CostOf(record);
            if (_gap > 0 ? _bytes > maxBytes / 2 : _bytes + bytes > maxBytes && _waiting.Count > 0)
            {
                _gap++;
                return;
            }
            if (_gap > 0)
                _waiting.Enqueue(new LogHeard(default, _gap));
            _gap = 0;
            _waiting.Enqueue(new LogHeard(record, 0));
            _bytes += bytes;
            Wake();
        }
    }

    /// <summary>Counts records that were not offered because nobody could look at them in time.</summary>
    /// <param name="atMost">How many of them may have answered.</param>
    public void Miss(long atMost)
    {
        lock (_lock)
        {
            _gap += atMost;
            Wake();
        }
    }

    /// <summary>Ends it: nothing comes any more.</summary>
    public void End()
    {
        lock (_lock)
        {
            _isOver = true;
            Wake();
        }
    }

    /// <summary>What comes next: a record, or how many were missed at this place. Waits for it.</summary>
    /// <returns>Null when nothing comes any more.</returns>
    public async ValueTask<LogHeard?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryNext(out var heard))
                return heard;
            lock (_lock)
            {
                if (_isOver)
                    return null;
            }
            await _some.WaitAsync(cancellationToken);
        }
    }

    /// <summary>What comes next, when it is there.</summary>
    public bool TryNext(out LogHeard heard)
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out heard))
            {
                _bytes -= heard.Missed == 0 ? CostOf(heard.Record) : 0;
                return true;
            }
            heard = new LogHeard(default, _gap);
            _gap = 0;
            return heard.Missed > 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        ended(this);
    }

    private static int CostOf(in LogRecord record) => record.Json.Length + RecordBytes;

    private void Wake()
    {
        if (_some.CurrentCount == 0)
            _some.Release();
    }
}

/// <summary>What one who listens hears.</summary>
/// <param name="Record">A record; none when some were missed.</param>
/// <param name="Missed">How many were missed at this place; 0 with a record.</param>
public readonly record struct LogHeard(LogRecord Record, long Missed);
