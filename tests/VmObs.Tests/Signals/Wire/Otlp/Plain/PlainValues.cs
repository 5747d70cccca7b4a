using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using OpenTelemetry.Proto.Common.V1;

namespace VmObs.Tests.Signals.Wire.Otlp.Plain;

/// <summary>Attribute values as JSON and as labels, written the plain way.</summary>
internal static class PlainValues
{
    /// <summary>The numbers that requests have, and how they are written.</summary>
    public static readonly IReadOnlyDictionary<double, string> Doubles = new Dictionary<double, string>
    {
        [0] = "0", [1] = "1", [0.5] = "0.5", [-2.25] = "-2.25", [1e-7] = "1e-7", [1e20] = "100000000000000000000", [1e21] = "1e+21", [123456.789] = "123456.789",
        [double.NaN] = "NaN", [double.PositiveInfinity] = "+Inf", [double.NegativeInfinity] = "-Inf",
    };

    public static string Json(AnyValue? value) => value?.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => Json(value.StringValue),
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        AnyValue.ValueOneofCase.IntValue => Int128.Abs(value.IntValue) < 1L << 53 ? $"{value.IntValue}" : $"\"{value.IntValue}\"",
        AnyValue.ValueOneofCase.DoubleValue => Json(value.DoubleValue),
        AnyValue.ValueOneofCase.BytesValue => $"\"{Convert.ToBase64String(value.BytesValue.Span)}\"",
        AnyValue.ValueOneofCase.ArrayValue => $"[{string.Join(',', value.ArrayValue.Values.Select(Json))}]",
        AnyValue.ValueOneofCase.KvlistValue => Json(Last(value.KvlistValue.Values)),
        _ => "null",
    };

    public static string Json(double value) => double.IsFinite(value) ? Number(value) : $"\"{Number(value)}\"";

    public static string Json(IEnumerable<KeyValue> pairs) => $"{{{string.Join(',', pairs.Select(pair => $"{Json(pair.Key)}:{Json(pair.Value)}"))}}}";

    public static string Json(string text)
    {
        var json = new StringBuilder("\"");
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\n' => json.Append("\\n"),
                < ' ' => json.Append($"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }
        return json.Append('"').ToString();
    }

    /// <summary>The JSON of a number of a request.</summary>
    public static string Number(double value) => Doubles.TryGetValue(value, out var text) ? text : $"{(long)value}";

    public static string Label(AnyValue? value) => value?.ValueCase switch
    {
        null or AnyValue.ValueOneofCase.None => "",
        AnyValue.ValueOneofCase.StringValue => value.StringValue,
        AnyValue.ValueOneofCase.IntValue => $"{value.IntValue}",
        AnyValue.ValueOneofCase.DoubleValue => Number(value.DoubleValue),
        AnyValue.ValueOneofCase.BytesValue => Convert.ToBase64String(value.BytesValue.Span),
        _ => Json(value),
    };

    /// <summary>The pairs without those whose key comes again.</summary>
    public static List<KeyValue> Last(RepeatedField<KeyValue> pairs) => [.. pairs.Where((pair, i) => !pairs.Skip(i + 1).Any(later => later.Key == pair.Key))];

    public static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    public static bool IsId(ByteString bytes, int length) => bytes.Length == length && bytes.Any(b => b != 0);
}
