namespace VmObs.ProcessTests.Support;

/// <summary>Times as OTLP carries them.</summary>
internal static class TestTime
{
    public const ulong Second = 1_000_000_000;
    public const ulong Hour = 3600 * Second;

    /// <summary>2025-12-06T13:00:00Z, the beginning of the hour that hour-14 files hold.</summary>
    public const ulong HouseHour = 1_765_026_000 * Second;

    public static ulong Now() => (ulong)(TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
}
