using System.Globalization;

namespace VmObs.Query.Correlation;

/// <summary>The time of the day, UTC: "14:30:00".</summary>
internal static class ClockTime
{
    public static string Of(long unixNanos) => DateTime.UnixEpoch.AddTicks(unixNanos / 100).ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
