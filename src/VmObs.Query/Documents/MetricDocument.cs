using System.Text;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;

namespace VmObs.Query.Documents;

/// <summary>One sample as a JSON object: {"metric","labels","node","service","category","kind","unit","timestamp","value"}, then the members of its
/// detail: "exemplars", "histogram" and others.</summary>
/// <remarks>labels are all of the series' labels but its name; the node is its DID there where SPEC 2.1 has it, and short in labels.
/// NaN and the infinities are the strings "NaN", "+Inf" and "-Inf".</remarks>
public static class MetricDocument
{
    /// <summary>Writes one sample of a series.</summary>
    /// <param name="writer">Gets it.</param>
    /// <param name="series">The series.</param>
    /// <param name="sample">Which of its samples.</param>
    /// <param name="category">The series' <see cref="Metrics.MetricCategory"/>.</param>
    public static void Write(Utf8JsonWriter writer, SeriesSamples series, int sample, string category)
    {
        writer.WriteStartObject();
        WriteMembers(writer, new SeriesDescription(series.Key, series.Kind, series.Unit), category);
        Span<byte> time = stackalloc byte[Rfc3339.MaxBytes];
        writer.WriteString("timestamp"u8, time[..Rfc3339.Format(series.TimestampsUnixNanos.Span[sample], time)]);
        WriteNumber(writer, "value"u8, series.Values.Span[sample]);
        WriteDetail(writer, series.DetailOf(sample).Span);
        writer.WriteEndObject();
    }

    /// <summary>Writes a series without its samples.</summary>
    /// <param name="writer">Gets it.</param>
    /// <param name="series">The series.</param>
    /// <param name="category">Its <see cref="Metrics.MetricCategory"/>.</param>
    public static void WriteSeries(Utf8JsonWriter writer, SeriesDescription series, string category)
    {
        writer.WriteStartObject();
        WriteMembers(writer, series, category);
        writer.WriteEndObject();
    }

    private static void WriteMembers(Utf8JsonWriter writer, SeriesDescription series, string category)
    {
        var key = series.Key.Span;
        writer.WriteString("metric"u8, LabelKey.ValueOf(key, "__name__"u8));
        writer.WriteStartObject("labels"u8);
        var labels = new LabelKeyReader(key);
        while (labels.Next())
        {
            if (!labels.Name.SequenceEqual("__name__"u8))
                writer.WriteString(labels.Name, labels.Value);
        }
        writer.WriteEndObject();
        writer.WriteString("node"u8, NodeName.ToDid(Encoding.UTF8.GetString(LabelKey.ValueOf(key, "node"u8))));
        writer.WriteString("service"u8, LabelKey.ValueOf(key, "service"u8));
        writer.WriteString("category"u8, category);
        writer.WriteString("kind"u8, MetricKindNames.Of(series.Kind));
        writer.WriteString("unit"u8, series.Unit);
    }

    private static void WriteDetail(Utf8JsonWriter writer, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
            return;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            writer.WritePropertyName(reader.GetString()!);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            writer.WriteRawValue(json[start..(int)reader.BytesConsumed], skipInputValidation: true);
        }
    }

    /// <summary>Writes a number, or the string that stands for what JSON has no number for.</summary>
    internal static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, double value)
    {
        if (double.IsFinite(value))
            writer.WriteNumber(name, value);
        else
            writer.WriteString(name, double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8);
    }
}
