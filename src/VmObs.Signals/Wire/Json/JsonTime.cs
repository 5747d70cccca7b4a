using System.Buffers.Text;
using System.Text;

namespace VmObs.Signals.Wire.Json;

/// <summary>Reads times as senders of JSON write them: RFC 3339 and its customary variants, and epochs in whatever unit their size says.</summary>
internal static class JsonTime
{
    /// <summary>What <see cref="TryRead"/> takes, for messages.</summary>
    public const string Expected = "RFC 3339 or a Unix time in s, ms, us or ns";

    // An epoch below this in seconds is before the year 5138; as milliseconds it would be before March 1973.
    private const decimal SecondsEnd = 100_000_000_000m;
    private const int MaxText = 64;

    /// <summary>Reads a time.</summary>
    /// <param name="value">A JSON value: "2025-12-06T14:30:15.123Z", "2025-12-06 14:30:15,123 +0100", 1765031415, 1765031415.123, "1765031415123"; a text without an offset is UTC.</param>
    /// <param name="unixNanos">Unix ns, UTC.</param>
    public static bool TryRead(ReadOnlySpan<byte> value, out long unixNanos)
    {
        unixNanos = 0;
        var isText = value.Length >= 2 && value[0] == '"';
        var text = isText ? value[1..^1] : value;
        if (text.IsEmpty || text.Length > MaxText)
            return false;
        if (Utf8Parser.TryParse(text, out decimal epoch, out var read) && read == text.Length)
            return TryScale(epoch, out unixNanos);
        return isText && TryReadText(text, out unixNanos);
    }

    private static bool TryScale(decimal epoch, out long unixNanos)
    {
        unixNanos = 0;
        var size = Math.Abs(epoch);
        var nanosEach = size < SecondsEnd ? 1_000_000_000m : size < SecondsEnd * 1_000 ? 1_000_000m : size < SecondsEnd * 1_000_000 ? 1_000m : 1m;
        // Beyond this the product would not fit 64 bits; a decimal itself may be larger than a product can say.
        if (size > long.MaxValue / nanosEach)
            return false;
        unixNanos = (long)(epoch * nanosEach);
        return true;
    }

    /// <summary>Reads a time that is a text, from between its quotes.</summary>
    public static bool TryReadText(ReadOnlySpan<byte> text, out long unixNanos)
    {
        Span<char> chars = stackalloc char[MaxText + 2];
        unixNanos = 0;
        if (!Ascii.IsValid(text) || text.Length is < 19 or > MaxText)
            return false;
        var length = Encoding.ASCII.GetChars(text, chars);
        if (length > 19 && chars[19] == ',')
            chars[19] = '.'; // log4j's and Python's fraction
        var zone = chars[19..length].IndexOfAny("Zz+-");
        if (zone < 0)
        {
            chars[length++] = 'Z';
            return Rfc3339.TryParse(chars[..length], out unixNanos);
        }
        zone += 19;
        if (chars[zone - 1] == ' ')
        {
            chars[zone..length].CopyTo(chars[(zone - 1)..]);
            (length, zone) = (length - 1, zone - 1);
        }
        if (length - zone == 5)
        {
            // +0100 → +01:00
            chars[(zone + 3)..length].CopyTo(chars[(zone + 4)..]);
            chars[zone + 3] = ':';
            length++;
        }
        return Rfc3339.TryParse(chars[..length], out unixNanos);
    }
}
