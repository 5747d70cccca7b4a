namespace VmObs.Storage.Embedded.Seal;

/// <summary>Compares the wall clock with monotonic time, so that a clock that somebody sets does not close hours.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ClockWatch
{
    /// <summary>A larger difference than this between two looks is a step, ns; what slews a clock stays far below it.</summary>
    public const long StepNanos = 60L * 1_000_000_000;

    // Both clocks are read within this, or again: a process that is held between the two readings would see a step that was none.
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private long _timestamp;
    private long? _steppedAt;

    /// <summary>Begins to watch.</summary>
    public ClockWatch(TimeProvider time)
    {
        _time = time;
        (_timestamp, NowUnixNanos) = Read();
    }

    /// <summary>The wall clock at the last look, Unix ns.</summary>
    public long NowUnixNanos { get; private set; }

    /// <summary>Looks at both clocks; a step, if there was one since the last look.</summary>
    public ClockStep? Look()
    {
        var (timestamp, now) = Read();
        var expected = NowUnixNanos + (_time.GetElapsedTime(_timestamp, timestamp).Ticks * 100);
        (_timestamp, NowUnixNanos) = (timestamp, now);
        if (Math.Abs(now - expected) <= StepNanos)
            return null;
        _steppedAt = timestamp;
        return new ClockStep(expected, now);
    }

    /// <summary>Whether, at the last look, the clock had gone evenly for so long; times of arrival before that tell nothing.</summary>
    public bool IsEvenFor(long nanos) => _steppedAt is not { } stepped || _time.GetElapsedTime(stepped, _timestamp).Ticks * 100 >= nanos;

    private (long Timestamp, long WallUnixNanos) Read()
    {
        while (true)
        {
            var before = _time.GetTimestamp();
            var wall = _time.GetUtcNow().ToUnixNanos();
            if (_time.GetElapsedTime(before) < s_atOnce)
                return (before, wall);
        }
    }
}
