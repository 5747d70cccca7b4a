namespace VmObs.Storage;

/// <summary>The store's times are Unix nanoseconds, UTC.</summary>
internal static class UnixNanos
{
    /// <summary>The time in Unix ns.</summary>
    public static long ToUnixNanos(this DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks * 100;
}
