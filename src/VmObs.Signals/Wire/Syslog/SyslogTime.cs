using System.Text;

namespace VmObs.Signals.Wire.Syslog;

/// <summary>The time of RFC 3164 messages, which names neither year nor zone: "Dec  6 14:30:15", and with a fraction or a year as devices write it.</summary>
internal static class SyslogTime
{
    private const int NanosPerTick = 100;
    private const string Months = "JanFebMarAprMayJunJulAugSepOctNovDec";

    /// <summary>Reads the time with which a text begins.</summary>
    /// <param name="text">"Dec  6 14:30:15 …", "Dec  6 14:30:15.123 …", "Dec  6 2025 14:30:15 …".</param>
    /// <param name="arrivalUnixNanos">Gives the year: the one in which the time lies closest.</param>
    /// <param name="zone">The zone of senders that name none.</param>
    /// <param name="unixNanos">Unix ns.</param>
    /// <returns>How many bytes it takes; 0 where there is none.</returns>
    public static int Read(ReadOnlySpan<byte> text, long arrivalUnixNanos, TimeZoneInfo zone, out long unixNanos)
    {
        unixNanos = 0;
        if (text.Length < 15 || text[3] != ' ' || MonthOf(text[..3]) is not (> 0 and var month) || !TryReadDay(text.Slice(4, 2), out var day) || text[6] != ' ')
            return 0;
        var at = 7;
        var year = 0;
        if (text.Length >= 20 && text[11] == ' ' && TryReadDigits(text.Slice(7, 4), out year))
            at = 12;
        if (!TryReadClock(text[at..], out var ticks))
            return 0;
        at += 8;
        long nanos = 0;
        if (at + 1 < text.Length && text[at] == '.')
            at += ReadFraction(text[(at + 1)..], out nanos) + 1;
        var arrival = TimeZoneInfo.ConvertTime(DateTimeOffset.UnixEpoch.AddTicks(arrivalUnixNanos / NanosPerTick), zone);
        if (NearestYear(year, month, day, ticks, arrival.DateTime) is not { } local)
            return 0;
        unixNanos = ((new DateTimeOffset(local, zone.GetUtcOffset(local)) - DateTimeOffset.UnixEpoch).Ticks * NanosPerTick) + nanos;
        return at;
    }

    private static DateTime? NearestYear(int year, int month, int day, long ticks, DateTime arrival)
    {
        DateTime? nearest = null;
        for (var candidate = year > 0 ? year : arrival.Year - 1; candidate <= (year > 0 ? year : arrival.Year + 1); candidate++)
        {
            // Years in which Unix nanoseconds fit 64 bits.
            if (candidate is < 1970 or > 2261 || day > DateTime.DaysInMonth(candidate, month))
                continue;
            var time = new DateTime(candidate, month, day).AddTicks(ticks);
            if (nearest is not { } found || (time - arrival).Duration() < (found - arrival).Duration())
                nearest = time;
        }
        return nearest;
    }

    private static int MonthOf(ReadOnlySpan<byte> name)
    {
        for (var month = 0; month < 12; month++)
        {
            if (Ascii.EqualsIgnoreCase(name, Months.AsSpan(month * 3, 3)))
                return month + 1;
        }
        return 0;
    }

    private static bool TryReadDay(ReadOnlySpan<byte> text, out int day) =>
        TryReadDigits(text[0] == ' ' ? text[1..] : text, out day) && day is >= 1 and <= 31;

    private static bool TryReadClock(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length < 8 || text[2] != ':' || text[5] != ':'
            || !TryReadDigits(text[..2], out var hours) || !TryReadDigits(text.Slice(3, 2), out var minutes) || !TryReadDigits(text.Slice(6, 2), out var seconds))
            return false;
        ticks = (((hours * 60L) + minutes) * 60 + seconds) * TimeSpan.TicksPerSecond;
        return hours < 24 && minutes < 60 && seconds < 61;
    }

    private static int ReadFraction(ReadOnlySpan<byte> text, out long nanos)
    {
        nanos = 0;
        var digits = 0;
        for (long unit = 100_000_000; digits < text.Length && text[digits] is >= (byte)'0' and <= (byte)'9'; digits++, unit /= 10)
            nanos += (text[digits] - '0') * unit;
        return digits;
    }

    private static bool TryReadDigits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return false;
            value = (value * 10) + digit - '0';
        }
        return !text.IsEmpty;
    }
}
