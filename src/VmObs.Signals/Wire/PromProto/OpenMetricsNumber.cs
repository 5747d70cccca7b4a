using System.Globalization;

namespace VmObs.Signals.Wire.PromProto;

/// <summary>Numbers in labels as OpenMetrics has them, and so every client library that writes text: "0.005", "1.0", "1e+06", "+Inf".</summary>
/// <remarks>https://prometheus.io/docs/specs/om/open_metrics_spec/#considerations-canonical-numbers. A bucket is then one series, whichever format brings it.</remarks>
internal static class OpenMetricsNumber
{
    private const int MaxBytes = 32; // "-1.2345678901234567E-308"

    // From here on, and below, there is an exponent, as in Go's %g of the fewest digits.
    private const double PlainFrom = 1e-4, PlainTo = 1e6;

    /// <summary>Writes a number.</summary>
    public static void Write(PooledBuffer destination, double value)
    {
        if (!double.IsFinite(value))
        {
            destination.Write(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8);
            return;
        }
        Span<byte> room = stackalloc byte[MaxBytes];
        value.TryFormat(room, out var length, "R", CultureInfo.InvariantCulture);
        ReadOnlySpan<byte> text = room[..length];
        if (value == 0 || Math.Abs(value) is >= PlainFrom and < PlainTo)
        {
            destination.Write(text);
            if (!text.Contains((byte)'.'))
                destination.Write(".0"u8);
            return;
        }
        if (text[0] == '-')
        {
            destination.WriteByte((byte)'-');
            text = text[1..];
        }
        WriteScientific(destination, text);
    }

    /// <summary>"1500000", "0.00002" or "1.5E+16" as "1.5e+06", "2e-05", "1.5e+16".</summary>
    private static void WriteScientific(PooledBuffer destination, ReadOnlySpan<byte> text)
    {
        var mark = text.IndexOf((byte)'E');
        var exponent = mark < 0 ? 0 : int.Parse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = mark < 0 ? text : text[..mark];
        var point = mantissa.IndexOf((byte)'.');
        var first = mantissa.IndexOfAnyInRange((byte)'1', (byte)'9');
        exponent += (point < 0 ? mantissa.Length : point) - first - (point >= 0 && first > point ? 0 : 1);
        Span<byte> digits = stackalloc byte[MaxBytes];
        var count = 0;
        foreach (var b in mantissa[first..].TrimEnd((byte)'0'))
        {
            if (b != '.')
                digits[count++] = b;
        }
        digits = digits[..count].TrimEnd((byte)'0');
        destination.WriteByte(digits[0]);
        if (digits.Length > 1)
        {
            destination.WriteByte((byte)'.');
            destination.Write(digits[1..]);
        }
        destination.Write(exponent < 0 ? "e-"u8 : "e+"u8);
        if (Math.Abs(exponent) < 10)
            destination.WriteByte((byte)'0');
        JsonText.WriteDigits(destination, Math.Abs(exponent));
    }
}
