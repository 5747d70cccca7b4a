using System.Globalization;
using System.Text;

namespace VmObs.Signals;

/// <summary>Times as text: RFC 3339 in UTC with "Z" and three, six or nine fraction digits, the fewest that lose nothing.</summary>
public static class Rfc3339
{
    /// <summary>Longest text that <see cref="Format(long, Span{byte})"/> writes: "2025-12-06T14:30:15.123456789Z".</summary>
    public const int MaxBytes = 30;

    /// <summary>Writes a time.</summary>
    /// <param name="unixNanos">Unix ns, UTC.</param>
    /// <param name="destination">At least <see cref="MaxBytes"/> bytes.</param>
    /// <returns>The number of bytes written: 24, 27 or 30.</returns>
    public static int Format(long unixNanos, Span<byte> destination)
    {
        var (seconds, nanos) = SplitSeconds(unixNanos);
        if (destination.Length < MaxBytes)
            throw new ArgumentException($"needs {MaxBytes} bytes, got {destination.Length}", nameof(destination));
        var (date, clock) = DateTime.UnixEpoch.AddSeconds(seconds);
        var (year, month, day) = date;
        "0000-00-00T00:00:00."u8.CopyTo(destination);
        AddDigits(destination, year / 100);
        AddDigits(destination[2..], year % 100);
        AddDigits(destination[5..], month);
        AddDigits(destination[8..], day);
        AddDigits(destination[11..], clock.Hour);
        AddDigits(destination[14..], clock.Minute);
        AddDigits(destination[17..], clock.Second);
        const int Length = 20;
        var (digits, fraction) = nanos % 1_000_000 == 0 ? (3, nanos / 1_000_000) : nanos % 1_000 == 0 ? (6, nanos / 1_000) : (9, nanos);
        for (var i = digits - 1; i >= 0; i--, fraction /= 10)
            destination[Length + i] = (byte)('0' + fraction % 10);
        destination[Length + digits] = (byte)'Z';
        return Length + digits + 1;
    }

    /// <summary>A time as text.</summary>
    public static string Format(long unixNanos)
    {
        Span<byte> text = stackalloc byte[MaxBytes];
        return Encoding.ASCII.GetString(text[..Format(unixNanos, text)]);
    }

    /// <summary>A time as the receipts write it: whole seconds without a fraction ("2025-12-06T14:00:00Z"), else as <see cref="Format(long)"/>.</summary>
    public static string FormatShort(long unixNanos) =>
        SplitSeconds(unixNanos) is (var seconds, 0)
            ? DateTime.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : Format(unixNanos);

    /// <summary>Reads RFC 3339 with up to nine fraction digits and any offset; false for any other text or beyond 64-bit Unix ns.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out long unixNanos)
    {
        unixNanos = 0;
        // 2025-12-06T14:30:15[.123456789](Z|+01:00)
        if (text.Length < 20 || text[10] is not ('T' or 't' or ' '))
            return false;
        if (!DateTime.TryParseExact(text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            || !TimeSpan.TryParseExact(text[11..19], @"hh\:mm\:ss", CultureInfo.InvariantCulture, out var clock))
            return false;
        var rest = text[19..];
        long nanos = 0;
        if (rest[0] == '.')
        {
            var digits = 0;
            long unit = 100_000_000;
            for (rest = rest[1..]; digits < rest.Length && char.IsAsciiDigit(rest[digits]); digits++, unit /= 10)
                nanos += (rest[digits] - '0') * unit;
            if (digits is 0 or > 9)
                return false;
            rest = rest[digits..];
        }
        if (!TryParseOffset(rest, out var offsetSeconds))
            return false;
        var seconds = (Int128)((day - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond) + (long)clock.TotalSeconds - offsetSeconds;
        var total = (seconds * 1_000_000_000) + nanos;
        if (total < long.MinValue || total > long.MaxValue)
            return false;
        unixNanos = (long)total;
        return true;
    }

    /// <summary>Reads a time as <see cref="Format(long, Span{byte})"/> writes it, within 1677 to 2262; false for any other text. Many times faster than
    /// <see cref="TryParse"/>.</summary>
    public static bool TryParseWritten(ReadOnlySpan<byte> text, out long unixNanos)
    {
        unixNanos = 0;
        // 2025-12-06T14:30:15.123Z, with 3, 6 or 9 digits
        if (text.Length is not (24 or 27 or 30) || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != '.' || text[^1] != 'Z')
            return false;
        var fraction = text[20..^1];
        var (year, month, day) = (Digits(text[..4]), Digits(text.Slice(5, 2)), Digits(text.Slice(8, 2)));
        var (hour, minute, second, nanos) = (Digits(text.Slice(11, 2)), Digits(text.Slice(14, 2)), Digits(text.Slice(17, 2)), Digits(fraction));
        // A digit that is none makes its number negative.
        if ((year | month | day | hour | minute | second | nanos) < 0 || year is < 1678 or > 2261 || month is < 1 or > 12 || day < 1
            || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
            return false;
        for (var digits = fraction.Length; digits < 9; digits += 3)
            nanos *= 1000;
        unixNanos = ((((((DaysSinceEpoch(year, month, day) * 24) + hour) * 60) + minute) * 60) + second) * 1_000_000_000L + nanos;
        return true;
    }

    private static void AddDigits(Span<byte> zeros, int number)
    {
        zeros[0] += (byte)(number / 10);
        zeros[1] += (byte)(number % 10);
    }

    private static int Digits(ReadOnlySpan<byte> text)
    {
        var (number, wrong) = (0, 0);
        foreach (var digit in text)
        {
            var value = digit - '0';
            wrong |= value | (9 - value);
            number = (number * 10) + value;
        }
        return wrong < 0 ? -1 : number;
    }

    // Days from civil: https://howardhinnant.github.io/date_algorithms.html
    private static long DaysSinceEpoch(int year, int month, int day)
    {
        if (month <= 2)
            year--;
        var era = year / 400;
        var yearOfEra = year - (era * 400);
        var dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5) + day - 1;
        return ((long)era * 146_097) + (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear - 719_468;
    }

    private static bool TryParseOffset(ReadOnlySpan<char> text, out long seconds)
    {
        seconds = 0;
        if (text is "Z" or "z")
            return true;
        if (text.Length != 6 || text[0] is not ('+' or '-') || !TimeSpan.TryParseExact(text[1..], @"hh\:mm", CultureInfo.InvariantCulture, out var offset))
            return false;
        seconds = (long)offset.TotalSeconds * (text[0] == '-' ? -1 : 1);
        return true;
    }

    private static (long Seconds, int Nanos) SplitSeconds(long unixNanos)
    {
        var (seconds, nanos) = Math.DivRem(unixNanos, 1_000_000_000);
        return nanos < 0 ? (seconds - 1, (int)nanos + 1_000_000_000) : (seconds, (int)nanos);
    }
}
