using System.Text;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Query.Documents;

namespace VmObs.Query.Metrics;

/// <summary>Which metrics there are: for each name what it is, of how many series, and its latest sample.</summary>
/// <remarks>Holds some hundred bytes a name.</remarks>
public sealed class MetricNames
{
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The names in ascending order.</summary>
    public IEnumerable<string> All => _entries.Keys;

    /// <summary>Takes a series with its samples; at least one.</summary>
    public void Add(SeriesSamples series, string category)
    {
        var name = Encoding.UTF8.GetString(LabelKey.ValueOf(series.Key.Span, "__name__"u8));
        if (!_entries.TryGetValue(name, out var entry))
            _entries.Add(name, entry = new Entry(series.Kind, series.Unit, category));
        entry.Series++;
        entry.Samples += series.Values.Length;
        entry.Nodes.Add(Encoding.UTF8.GetString(LabelKey.ValueOf(series.Key.Span, "node"u8)));
        var last = series.TimestampsUnixNanos.Span[^1];
        if (last >= entry.LastUnixNanos)
            (entry.LastUnixNanos, entry.LastValue) = (last, series.Values.Span[^1]);
    }

    /// <summary>Writes a name's object: {"metric","kind","unit","category","series","samples","nodes","last_timestamp","last_value"}.</summary>
    public void Write(Utf8JsonWriter writer, string name)
    {
        var entry = _entries[name];
        writer.WriteStartObject();
        writer.WriteString("metric"u8, name);
        writer.WriteString("kind"u8, MetricKindNames.Of(entry.Kind));
        writer.WriteString("unit"u8, entry.Unit);
        writer.WriteString("category"u8, entry.Category);
        writer.WriteNumber("series"u8, entry.Series);
        writer.WriteNumber("samples"u8, entry.Samples);
        writer.WriteNumber("nodes"u8, entry.Nodes.Count(static node => node.Length > 0));
        writer.WriteString("last_timestamp"u8, Rfc3339.Format(entry.LastUnixNanos));
        MetricDocument.WriteNumber(writer, "last_value"u8, entry.LastValue);
        writer.WriteEndObject();
    }

    private sealed class Entry(MetricKind kind, string unit, string category)
    {
        public MetricKind Kind => kind;

        public string Unit => unit;

        public string Category => category;

        public long Series { get; set; }

        public long Samples { get; set; }

        public HashSet<string> Nodes { get; } = new(StringComparer.Ordinal);

        public long LastUnixNanos { get; set; } = long.MinValue;

        public double LastValue { get; set; }
    }
}
