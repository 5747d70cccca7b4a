using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace VmObs.Signals.Wire;

/// <summary>Writes the pieces of compact JSON: only the escapes that JSON demands, text as UTF-8, the shortest numbers.</summary>
internal static class JsonText
{
    /// <summary>Largest integer that every JSON reader keeps: 2^53 − 1.</summary>
    public const long MaxSafeInteger = (1L << 53) - 1;

    /// <summary>Writes a string with its quotes. Bytes that are not UTF-8 become U+FFFD.</summary>
    public static void WriteString(PooledBuffer destination, ReadOnlySpan<byte> text)
    {
        destination.WriteByte((byte)'"');
        WriteContent(destination, text);
        destination.WriteByte((byte)'"');
    }

    /// <summary>Writes what stands between a string's quotes.</summary>
    public static void WriteContent(PooledBuffer destination, ReadOnlySpan<byte> text)
    {
        if (Utf8.IsValid(text))
            JsonEscape.Write(destination, text);
        else
            WriteRepairedContent(destination, text);
    }

    /// <summary>Writes an integer; beyond ±(2^53 − 1) as a string of decimal digits.</summary>
    public static void WriteInteger(PooledBuffer destination, long value)
    {
        var quoted = value is > MaxSafeInteger or < -MaxSafeInteger;
        if (quoted)
            destination.WriteByte((byte)'"');
        WriteDigits(destination, value);
        if (quoted)
            destination.WriteByte((byte)'"');
    }

    /// <summary>Writes an integer's decimal digits.</summary>
    public static void WriteDigits(PooledBuffer destination, long value)
    {
        Utf8Formatter.TryFormat(value, destination.GetSpan(20), out var length);
        destination.Advance(length);
    }

    /// <summary>Writes a number; those that JSON has none for as the strings "NaN", "+Inf" and "-Inf".</summary>
    public static void WriteDouble(PooledBuffer destination, double value)
    {
        var quoted = !double.IsFinite(value);
        if (quoted)
            destination.WriteByte((byte)'"');
        NumberText.Write(destination, value);
        if (quoted)
            destination.WriteByte((byte)'"');
    }

    /// <summary>Writes bytes as a string of lower-case hexadecimal digits, with its quotes.</summary>
    public static void WriteHex(PooledBuffer destination, ReadOnlySpan<byte> bytes)
    {
        destination.WriteByte((byte)'"');
        Convert.TryToHexStringLower(bytes, destination.GetSpan(2 * bytes.Length), out var length);
        destination.Advance(length);
        destination.WriteByte((byte)'"');
    }

    /// <summary>Writes a time as a string, with its quotes.</summary>
    public static void WriteTime(PooledBuffer destination, long unixNanos)
    {
        destination.WriteByte((byte)'"');
        destination.Advance(Rfc3339.Format(unixNanos, destination.GetSpan(Rfc3339.MaxBytes)));
        destination.WriteByte((byte)'"');
    }

    private static void WriteRepairedContent(PooledBuffer destination, ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(text, out _, out var consumed);
            if (status != OperationStatus.Done)
                destination.Write("\uFFFD"u8);
            else
                JsonEscape.WriteScalar(destination, text[..consumed]);
            text = text[consumed..];
        }
    }
}
