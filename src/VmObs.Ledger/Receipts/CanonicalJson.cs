using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace VmObs.Ledger.Receipts;

/// <summary>JSON in the one form that hashes: keys in order, no white space, numbers as ECMAScript writes them. Source: RFC 8785.</summary>
public static class CanonicalJson
{
    private static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>The canonical form of a JSON text.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="without">A member of the outermost object to leave out; null leaves out none.</param>
    /// <exception cref="FormatException">Not JSON, a key twice in one object, half a surrogate pair, or a number beyond float64.</exception>
    public static byte[] Canonicalize(ReadOnlySpan<byte> json, string? without = null)
    {
        try
        {
            using var document = JsonDocument.Parse(json.ToArray(), s_options);
            return Canonicalize(document.RootElement, without);
        }
        catch (JsonException error)
        {
            throw new FormatException($"not JSON: {error.Message}", error);
        }
        catch (InvalidOperationException error)
        {
            // GetString on an escape that is half a surrogate pair.
            throw new FormatException($"not Unicode: {error.Message}", error);
        }
    }

    /// <summary>The canonical form of an element.</summary>
    /// <exception cref="FormatException">As for the text.</exception>
    public static byte[] Canonicalize(JsonElement element, string? without = null)
    {
        var destination = new ArrayBufferWriter<byte>(1024);
        Write(destination, element, without);
        return destination.WrittenSpan.ToArray();
    }

    /// <summary>Whether a text is in canonical form, byte for byte.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> json)
    {
        try
        {
            return json.SequenceEqual(Canonicalize(json));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static void Write(ArrayBufferWriter<byte> destination, JsonElement element, string? without)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(destination, element, without);
                break;
            case JsonValueKind.Array:
                WriteArray(destination, element);
                break;
            case JsonValueKind.String:
                WriteString(destination, element.GetString()!);
                break;
            case JsonValueKind.Number:
                var number = element.GetDouble();
                if (!double.IsFinite(number))
                    throw new FormatException($"number {element.GetRawText()} is beyond float64");
                destination.Write(Encoding.ASCII.GetBytes(Number(number)));
                break;
            case JsonValueKind.True:
                destination.Write("true"u8);
                break;
            case JsonValueKind.False:
                destination.Write("false"u8);
                break;
            default:
                destination.Write("null"u8);
                break;
        }
    }

    private static void WriteObject(ArrayBufferWriter<byte> destination, JsonElement element, string? without)
    {
        var members = new List<(string Name, JsonElement Value)>();
        foreach (var member in element.EnumerateObject())
        {
            if (member.Name != without)
                members.Add((member.Name, member.Value));
        }
        // By UTF-16 code units, as the RFC says.
        members.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        destination.Write("{"u8);
        for (var i = 0; i < members.Count; i++)
        {
            if (i > 0)
                destination.Write(","u8);
            WriteString(destination, members[i].Name);
            destination.Write(":"u8);
            Write(destination, members[i].Value, null);
        }
        destination.Write("}"u8);
    }

    private static void WriteArray(ArrayBufferWriter<byte> destination, JsonElement element)
    {
        destination.Write("["u8);
        var first = true;
        foreach (var item in element.EnumerateArray())
        {
            if (!first)
                destination.Write(","u8);
            first = false;
            Write(destination, item, null);
        }
        destination.Write("]"u8);
    }

    private static void WriteString(ArrayBufferWriter<byte> destination, string text)
    {
        var escaped = new StringBuilder(text.Length + 2).Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append("\\\\"),
                '\b' => escaped.Append("\\b"),
                '\t' => escaped.Append("\\t"),
                '\n' => escaped.Append("\\n"),
                '\f' => escaped.Append("\\f"),
                '\r' => escaped.Append("\\r"),
                < ' ' => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }
        Encoding.UTF8.GetBytes(escaped.Append('"').ToString(), destination);
    }

    /// <summary>A number as ECMAScript's Number::toString writes it (RFC 8785, 3.2.2.3).</summary>
    /// <param name="value">Finite.</param>
    internal static string Number(double value)
    {
        if (value == 0)
            return "0";
        // "R" gives the shortest digits that read back as the same number.
        var (digits, exponent) = Digits(Math.Abs(value).ToString("R", CultureInfo.InvariantCulture));
        var sign = value < 0 ? "-" : "";
        // The decimal point stands after so many digits.
        var point = exponent + 1;
        if (digits.Length <= point && point <= 21)
            return sign + digits + new string('0', point - digits.Length);
        if (point is > 0 and <= 21)
            return $"{sign}{digits[..point]}.{digits[point..]}";
        if (point is > -6 and <= 0)
            return $"{sign}0.{new string('0', -point)}{digits}";
        var mantissa = digits.Length == 1 ? digits : $"{digits[..1]}.{digits[1..]}";
        return $"{sign}{mantissa}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}";
    }

    // "123.45", "0.00012", "1.5E+22" → significant digits and the exponent of the first.
    private static (string Digits, int Exponent) Digits(string text)
    {
        var e = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var plain = e < 0 ? text : text[..e];
        var dot = plain.IndexOf('.', StringComparison.Ordinal);
        var whole = dot < 0 ? plain : plain[..dot];
        var all = whole + (dot < 0 ? "" : plain[(dot + 1)..]);
        var leading = all.Length - all.TrimStart('0').Length;
        return (all.Trim('0'), exponent + whole.Length - 1 - leading);
    }
}
