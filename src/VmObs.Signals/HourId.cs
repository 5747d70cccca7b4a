using System.Globalization;

namespace VmObs.Signals;

/// <summary>One UTC hour of event time, half-open: [Start, End).</summary>
/// <param name="Number">Whole hours since 1970-01-01T00:00:00Z.</param>
/// <remarks>Files and receipts name an hour by its end (SPEC 3.2): 13:00–14:00 is "2025-12-06/hour-14",
/// 23:00–24:00 is the next day's "hour-00".</remarks>
public readonly record struct HourId(long Number) : IComparable<HourId>
{
    /// <summary>Length of an hour in nanoseconds.</summary>
    public const long LengthNanos = 3_600L * 1_000_000_000L;

    /// <summary>First nanosecond of the hour, Unix ns, inclusive.</summary>
    public long StartUnixNanos => Number * LengthNanos;

    /// <summary>First nanosecond after the hour, Unix ns, exclusive.</summary>
    public long EndUnixNanos => (Number + 1) * LengthNanos;

    /// <summary>The day folder, from the hour's end: "2025-12-06".</summary>
    public string Day => EndTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The file's stem, from the hour's end: "hour-14".</summary>
    public string Stem => "hour-" + EndTime.ToString("HH", CultureInfo.InvariantCulture);

    private DateTime EndTime => DateTime.UnixEpoch.AddHours(Number + 1);

    /// <summary>The hour that holds a time; times before 1970 round down as well.</summary>
    public static HourId Of(long unixNanos) => new(Math.DivRem(unixNanos, LengthNanos) is var (q, r) && r < 0 ? q - 1 : q);

    /// <inheritdoc/>
    public int CompareTo(HourId other) => Number.CompareTo(other.Number);

    /// <summary>"2025-12-06/hour-14".</summary>
    public override string ToString() => $"{Day}/{Stem}";

    /// <summary>Whether the left hour is earlier.</summary>
    public static bool operator <(HourId left, HourId right) => left.Number < right.Number;

    /// <summary>Whether the left hour is later.</summary>
    public static bool operator >(HourId left, HourId right) => left.Number > right.Number;

    /// <summary>Whether the left hour is not later.</summary>
    public static bool operator <=(HourId left, HourId right) => left.Number <= right.Number;

    /// <summary>Whether the left hour is not earlier.</summary>
    public static bool operator >=(HourId left, HourId right) => left.Number >= right.Number;
}
