using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Query.Documents;

namespace VmObs.Query.Metrics;

/// <summary>Which metrics there are: for each name what it is, of how many series, and its latest sample.</summary>
/// <remarks>Not thread-safe. Holds some hundred bytes a name, and a hash of 64 bits for each of its nodes.</remarks>
public sealed class MetricNames
{
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    // Series come in order of their labels: the last name nearly always comes again.
    private byte[] _lastName = [];
    private Entry? _last;

    /// <summary>The names in ascending order.</summary>
    public IEnumerable<string> All => _entries.Keys;

    /// <summary>Takes a series.</summary>
    /// <param name="series">The series.</param>
    /// <param name="category">Its <see cref="MetricCategory"/>.</param>
    public void Add(in SeriesOutline series, string category)
    {
        var entry = EntryOf(series, category);
        entry.Series++;
        entry.Samples += series.Samples;
        var node = LabelKey.ValueOf(series.Key.Span, "node"u8);
        if (!node.IsEmpty)
            entry.Nodes.Add(XxHash3.HashToUInt64(node));
        if (series.LastUnixNanos >= entry.LastUnixNanos)
            (entry.LastUnixNanos, entry.LastValue) = (series.LastUnixNanos, series.LastValue);
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
        writer.WriteNumber("nodes"u8, entry.Nodes.Count);
        writer.WriteString("last_timestamp"u8, Rfc3339.Format(entry.LastUnixNanos));
        MetricDocument.WriteNumber(writer, "last_value"u8, entry.LastValue);
        writer.WriteEndObject();
    }

    private Entry EntryOf(in SeriesOutline series, string category)
    {
        var name = LabelKey.ValueOf(series.Key.Span, "__name__"u8);
        if (_last is not null && name.SequenceEqual(_lastName))
            return _last;
        var text = Encoding.UTF8.GetString(name);
        if (!_entries.TryGetValue(text, out var entry))
            _entries.Add(text, entry = new Entry(series.Kind, series.Unit, category));
        (_lastName, _last) = (name.ToArray(), entry);
        return entry;
    }

    private sealed class Entry(MetricKind kind, string unit, string category)
    {
        public MetricKind Kind => kind;

        public string Unit => unit;

        public string Category => category;

        public long Series { get; set; }

        public long Samples { get; set; }

        public HashSet<ulong> Nodes { get; } = [];

        public long LastUnixNanos { get; set; } = long.MinValue;

        public double LastValue { get; set; }
    }
}
