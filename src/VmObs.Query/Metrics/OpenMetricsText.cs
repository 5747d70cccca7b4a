using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using VmObs.Signals.Labels;

namespace VmObs.Query.Metrics;

/// <summary>Writes lines of the OpenMetrics text format. Source: github.com/prometheus/OpenMetrics, specification/OpenMetrics.md.</summary>
/// <remarks><code># TYPE http_requests counter
/// http_requests_total{code="200"} 27 1764979200.5</code></remarks>
internal static class OpenMetricsText
{
    /// <summary>No number's text is longer: "-1.2345678901234567E-308".</summary>
    public const int MaxNumberBytes = 32;

    private const ulong NanosInSecond = 1_000_000_000;

    // Below it every whole number is a double, and its digits are its own.
    private const long MaxWhole = 1L << 53;

    // Six digits behind the point, fifteen in all.
    private const byte DecimalDigits = 6;
    private const ulong DecimalScale = 1_000_000;
    private const double MaxDecimal = 1e15;

    /// <summary>What ends the text.</summary>
    public static ReadOnlySpan<byte> End => "# EOF\n"u8;

    /// <summary>A name as the format allows it: whatever it does not is an underscore.</summary>
    public static string Name(string name)
    {
        if (name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(IsNameSign))
            return name;
        return (name.Length == 0 || char.IsAsciiDigit(name[0]) ? "_" : "") + string.Concat(name.Select(sign => IsNameSign(sign) ? sign : '_'));
    }

    /// <summary>Writes what is said of a family before its samples.</summary>
    public static void WriteHead(IBufferWriter<byte> output, string family, string type, string unit)
    {
        output.Write(Encoding.UTF8.GetBytes($"# TYPE {family} {type}\n"));
        // A unit is said only where the name says it too, for else the text is none.
        if (unit.Length > 0 && family.EndsWith("_" + unit, StringComparison.Ordinal))
            output.Write(Encoding.UTF8.GetBytes($"# UNIT {family} {unit}\n"));
    }

    /// <summary>What the lines of a series begin with: its name and labels.</summary>
    public static byte[] Series(ReadOnlySpan<byte> key)
    {
        var text = new StringBuilder(Name(Encoding.UTF8.GetString(LabelKey.ValueOf(key, "__name__"u8))));
        var open = '{';
        var labels = new LabelKeyReader(key);
        while (labels.Next())
        {
            if (labels.Name.SequenceEqual("__name__"u8))
                continue;
            text.Append(open).Append(Name(Encoding.UTF8.GetString(labels.Name)).Replace(':', '_')).Append("=\"");
            AppendEscaped(text, Encoding.UTF8.GetString(labels.Value));
            text.Append('"');
            open = ',';
        }
        return Encoding.UTF8.GetBytes((open == ',' ? text.Append('}') : text).Append(' ').ToString());
    }

    /// <summary>Writes a sample's value, of which the same number is read again.</summary>
    /// <param name="space">At least <see cref="MaxNumberBytes"/>.</param>
    /// <param name="value">The value.</param>
    /// <returns>How many bytes were written.</returns>
    public static int WriteValue(Span<byte> space, double value)
    {
        var whole = (long)value;
        // Zero may be a negative one.
        if (whole == value && whole is > -MaxWhole and < MaxWhole && (whole != 0 || !double.IsNegative(value)))
            return Written(Utf8Formatter.TryFormat(whole, space, out var digits), digits);
        if (double.IsFinite(value))
            return WriteDecimal(space, value) is > 0 and var length ? length : Written(value.TryFormat(space, out var any, "R", CultureInfo.InvariantCulture), any);
        var text = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
        text.CopyTo(space);
        return text.Length;
    }

    /// <summary>Writes a time: seconds, and as many digits behind the point as there are.</summary>
    /// <param name="space">At least <see cref="MaxNumberBytes"/> but one.</param>
    /// <param name="unixNanos">The time.</param>
    /// <returns>How many bytes were written.</returns>
    public static int WriteTime(Span<byte> space, long unixNanos)
    {
        // Of the smallest number there is no positive one of 64 bits.
        var (seconds, nanos) = Math.DivRem(unixNanos < 0 ? (ulong)-(Int128)unixNanos : (ulong)unixNanos, NanosInSecond);
        return WriteParts(space, unixNanos < 0, seconds, nanos, fractionDigits: 9);
    }

    /// <summary>Writes a number of few digits behind the point, as most are that someone rounded: six times faster than what finds the fewest digits of
    /// any number.</summary>
    /// <returns>How many bytes were written; 0 for other numbers.</returns>
    private static int WriteDecimal(Span<byte> space, double value)
    {
        var scaled = Math.Round(Math.Abs(value) * DecimalScale);
        // Both are exact as doubles, so that the quotient is the double nearest to the decimal number: what a reader makes of the text.
        // Fifteen digits are what a double always tells apart, so no shorter text would do.
        if (scaled is not (> 0 and < MaxDecimal) || scaled / DecimalScale != Math.Abs(value))
            return 0;
        var (whole, fraction) = Math.DivRem((ulong)scaled, DecimalScale);
        return WriteParts(space, value < 0, whole, fraction, DecimalDigits);
    }

    private static int WriteParts(Span<byte> space, bool negative, ulong whole, ulong fraction, byte fractionDigits)
    {
        var at = 0;
        if (negative)
            space[at++] = (byte)'-';
        at += Written(Utf8Formatter.TryFormat(whole, space[at..], out var digits), digits);
        if (fraction == 0)
            return at;
        space[at++] = (byte)'.';
        at += Written(Utf8Formatter.TryFormat(fraction, space[at..], out digits, new StandardFormat('D', fractionDigits)), digits);
        while (space[at - 1] == '0')
            at--;
        return at;
    }

    private static int Written(bool fits, int length) => fits ? length : throw new InvalidOperationException("BUG: a number longer than any is");

    private static void AppendEscaped(StringBuilder text, string value)
    {
        foreach (var sign in value)
        {
            if (sign is '\\' or '"')
                text.Append('\\').Append(sign);
            else if (sign == '\n')
                text.Append("\\n");
            else
                text.Append(sign);
        }
    }

    private static bool IsNameSign(char sign) => char.IsAsciiLetterOrDigit(sign) || sign is '_' or ':';
}
