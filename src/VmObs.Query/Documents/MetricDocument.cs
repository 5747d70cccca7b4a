using System.Text;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;

namespace VmObs.Query.Documents;

/// <summary>A series as a JSON object: {"metric","labels","node","service","category","kind","unit"}; <see cref="SampleDocuments"/> has its samples.</summary>
/// <remarks>labels are all of the series' labels but its name; the node is its DID there where SPEC 2.1 has it, and short in labels.
/// NaN and the infinities are the strings "NaN", "+Inf" and "-Inf".</remarks>
public static class MetricDocument
{
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

    /// <summary>Writes what is the same for all samples of a series.</summary>
    internal static void WriteMembers(Utf8JsonWriter writer, SeriesDescription series, string category)
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

    /// <summary>Writes a number, or the string that stands for what JSON has no number for.</summary>
    internal static void WriteNumber(Utf8JsonWriter writer, ReadOnlySpan<byte> name, double value)
    {
        if (double.IsFinite(value))
            writer.WriteNumber(name, value);
        else
            writer.WriteString(name, NameOf(value));
    }

    /// <summary>What stands for a value that is no JSON number.</summary>
    internal static ReadOnlySpan<byte> NameOf(double value) => double.IsNaN(value) ? "NaN"u8 : value > 0 ? "+Inf"u8 : "-Inf"u8;
}
