namespace VmObs.Storage.Embedded.Journal;

/// <summary>How long to leave a disk alone that refused: the first time not at all, then longer and longer.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class RetryPause(TimeProvider time)
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    private TimeSpan _pause;
    private long _since;

    /// <summary>What is left of the pause; zero when it is time to try.</summary>
    public TimeSpan Left => _pause - time.GetElapsedTime(_since) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>An attempt was refused.</summary>
    public void Refused(bool again)
    {
        _pause = !again ? TimeSpan.Zero : _pause == TimeSpan.Zero ? s_first : _pause * 2 < s_longest ? _pause * 2 : s_longest;
        _since = time.GetTimestamp();
    }
}
