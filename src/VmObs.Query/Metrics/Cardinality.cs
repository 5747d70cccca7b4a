using System.Text;
using System.Text.Json;
using VmObs.Signals.Labels;

namespace VmObs.Query.Metrics;

/// <summary>What makes the most series: names of metrics, and labels by their numbers of values.</summary>
/// <remarks>Holds a number for each name, and a hash of 64 bits for each value of a label.</remarks>
public sealed class Cardinality
{
    private readonly Dictionary<string, long> _metrics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Series, HashSet<ulong> Values)> _labels = new(StringComparer.Ordinal);

    /// <summary>Takes a series.</summary>
    /// <param name="key">Its canonical labels.</param>
    public void Add(ReadOnlySpan<byte> key)
    {
        var labels = new LabelKeyReader(key);
        while (labels.Next())
        {
            if (labels.Name.SequenceEqual("__name__"u8))
            {
                var metric = Encoding.UTF8.GetString(labels.Value);
                _metrics[metric] = _metrics.GetValueOrDefault(metric) + 1;
                continue;
            }
            var name = Encoding.UTF8.GetString(labels.Name);
            var (series, values) = _labels.TryGetValue(name, out var known) ? known : (0, []);
            values.Add(System.IO.Hashing.XxHash3.HashToUInt64(labels.Value));
            _labels[name] = (series + 1, values);
        }
    }

    /// <summary>The metrics of the most series, then the labels of the most values.</summary>
    /// <param name="limit">At most so many of each.</param>
    public IEnumerable<Entry> Top(int limit) =>
    [
        .. _metrics.OrderByDescending(metric => metric.Value).ThenBy(metric => metric.Key, StringComparer.Ordinal).Take(limit)
            .Select(metric => new Entry("metric", metric.Key, metric.Value, null)),
        .. _labels.OrderByDescending(label => label.Value.Values.Count).ThenBy(label => label.Key, StringComparer.Ordinal).Take(limit)
            .Select(label => new Entry("label", label.Key, label.Value.Series, label.Value.Values.Count)),
    ];

    /// <summary>A metric or a label.</summary>
    /// <param name="By">"metric" or "label".</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Series">Series that have it.</param>
    /// <param name="Values">Different values of a label.</param>
    public sealed record Entry(string By, string Name, long Series, long? Values)
    {
        /// <summary>Writes {"by","name","series","values"}.</summary>
        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteStartObject();
            writer.WriteString("by"u8, By);
            writer.WriteString("name"u8, Name);
            writer.WriteNumber("series"u8, Series);
            if (Values is { } values)
                writer.WriteNumber("values"u8, values);
            writer.WriteEndObject();
        }
    }
}
