using System.Globalization;

namespace VmObs.Signals.Wire;

/// <summary>Floating-point numbers as text: the fewest digits that read back as the same number.</summary>
internal static class NumberText
{
    private const int MaxBytes = 32; // "-1.2345678901234567E-308"

    /// <summary>Writes a number as JavaScript would ("0.1", "1", "1e+21"); also "-0", "NaN", "+Inf" and "-Inf".</summary>
    public static void Write(PooledBuffer destination, double value) => Write(destination, value, minExponent: -6, maxExponent: 20);

    /// <summary>Writes a number without an exponent, as OpenTelemetry's Prometheus translation writes <c>le</c>: "0.005", "1000000", "+Inf".</summary>
    public static void WriteFixed(PooledBuffer destination, double value) => Write(destination, value, int.MinValue, int.MaxValue);

    private static void Write(PooledBuffer destination, double value, int minExponent, int maxExponent)
    {
        if (!double.IsFinite(value))
        {
            destination.Write(double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8);
            return;
        }
        Span<byte> text = stackalloc byte[MaxBytes];
        value.TryFormat(text, out var length, "R", CultureInfo.InvariantCulture);
        text = text[..length];
        // .NET writes an exponent beyond 1E+15 and below 1E-05; between those all agree.
        var mark = text.IndexOf((byte)'E');
        if (mark < 0)
        {
            destination.Write(text);
            return;
        }
        var exponent = int.Parse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (text[0] == '-')
        {
            destination.WriteByte((byte)'-');
            text = text[1..];
            mark--;
        }
        // "1.25E+16": one digit, perhaps a point and more digits.
        Span<byte> digits = stackalloc byte[MaxBytes];
        digits[0] = text[0];
        var count = 1;
        for (var i = 2; i < mark; i++)
            digits[count++] = text[i];
        if (exponent < minExponent || exponent > maxExponent)
            WriteScientific(destination, digits[..count], exponent);
        else
            WritePositional(destination, digits[..count], exponent);
    }

    private static void WriteScientific(PooledBuffer destination, ReadOnlySpan<byte> digits, int exponent)
    {
        destination.WriteByte(digits[0]);
        if (digits.Length > 1)
        {
            destination.WriteByte((byte)'.');
            destination.Write(digits[1..]);
        }
        destination.Write(exponent < 0 ? "e-"u8 : "e+"u8);
        JsonText.WriteDigits(destination, Math.Abs(exponent));
    }

    private static void WritePositional(PooledBuffer destination, ReadOnlySpan<byte> digits, int exponent)
    {
        if (exponent < 0)
        {
            destination.Write("0."u8);
            WriteZeros(destination, -exponent - 1);
            destination.Write(digits);
            return;
        }
        var whole = Math.Min(digits.Length, exponent + 1);
        destination.Write(digits[..whole]);
        WriteZeros(destination, exponent + 1 - whole);
        if (whole < digits.Length)
        {
            destination.WriteByte((byte)'.');
            destination.Write(digits[whole..]);
        }
    }

    private static void WriteZeros(PooledBuffer destination, int count)
    {
        if (count <= 0)
            return;
        destination.GetSpan(count)[..count].Fill((byte)'0');
        destination.Advance(count);
    }
}
