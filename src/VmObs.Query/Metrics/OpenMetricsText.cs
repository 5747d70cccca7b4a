using System.Buffers;
using System.Globalization;
using System.Text;
using VmObs.Signals.Labels;

namespace VmObs.Query.Metrics;

/// <summary>Writes lines of the OpenMetrics text format. Source: github.com/prometheus/OpenMetrics, specification/OpenMetrics.md.</summary>
/// <remarks><code># TYPE http_requests counter
/// http_requests_total{code="200"} 27 1764979200.5</code></remarks>
internal static class OpenMetricsText
{
    private const ulong NanosInSecond = 1_000_000_000;
    private const int MaxNumberBytes = 32;

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

    /// <summary>Writes a sample's line.</summary>
    public static void WriteSample(IBufferWriter<byte> output, ReadOnlySpan<byte> series, double value, long timestampUnixNanos)
    {
        var space = output.GetSpan(series.Length + (2 * MaxNumberBytes));
        series.CopyTo(space);
        var at = series.Length;
        at += WriteValue(space[at..], value);
        space[at++] = (byte)' ';
        at += WriteTime(space[at..], timestampUnixNanos);
        space[at++] = (byte)'\n';
        output.Advance(at);
    }

    private static int WriteValue(Span<byte> space, double value)
    {
        if (double.IsFinite(value))
            return value.TryFormat(space, out var written, "R", CultureInfo.InvariantCulture) ? written : throw new InvalidOperationException("BUG: a number longer than any is");
        var text = double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
        text.CopyTo(space);
        return text.Length;
    }

    // Seconds; as many digits behind the point as there are.
    private static int WriteTime(Span<byte> space, long unixNanos)
    {
        // Of the smallest number there is no positive one of 64 bits.
        var (seconds, nanos) = Math.DivRem(unixNanos < 0 ? (ulong)-(Int128)unixNanos : (ulong)unixNanos, NanosInSecond);
        var at = 0;
        if (unixNanos < 0)
            space[at++] = (byte)'-';
        seconds.TryFormat(space[at..], out var written, default, CultureInfo.InvariantCulture);
        at += written;
        if (nanos == 0)
            return at;
        space[at++] = (byte)'.';
        nanos.TryFormat(space[at..], out written, "D9", CultureInfo.InvariantCulture);
        while (space[at + written - 1] == '0')
            written--;
        return at + written;
    }

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
