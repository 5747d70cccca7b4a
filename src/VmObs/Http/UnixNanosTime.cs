namespace VmObs.Http;

/// <summary>The ports' times are Unix nanoseconds, UTC.</summary>
internal static class UnixNanosTime
{
    /// <summary>The time in Unix ns.</summary>
    public static long ToUnixNanos(this DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;
}
