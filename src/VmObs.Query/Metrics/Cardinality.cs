using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using VmObs.Signals.Labels;
using VmObs.Signals.Texts;

namespace VmObs.Query.Metrics;

/// <summary>What makes the most series: names of metrics, and labels by their numbers of values.</summary>
/// <remarks>Holds a number for each name, and a hash of 64 bits for each value of a label.</remarks>
public sealed class Cardinality
{
    private readonly Dictionary<byte[], Tally> _metrics = new(BytesComparer.Instance);
    private readonly Dictionary<byte[], Tally> _labels = new(BytesComparer.Instance);

    /// <summary>Takes a series.</summary>
    /// <param name="key">Its canonical labels.</param>
    public void Add(ReadOnlySpan<byte> key)
    {
        var labels = new LabelKeyReader(key);
        while (labels.Next())
        {
            if (labels.Name.SequenceEqual("__name__"u8))
            {
                Of(_metrics, labels.Value).Series++;
                continue;
            }
            var label = Of(_labels, labels.Name);
            label.Series++;
            label.Values.Add(XxHash3.HashToUInt64(labels.Value));
        }
    }

    /// <summary>The metrics of the most series, then the labels of the most values.</summary>
    /// <param name="limit">At most so many of each.</param>
    public IEnumerable<Entry> Top(int limit) =>
    [
        .. _metrics.Select(metric => new Entry("metric", Encoding.UTF8.GetString(metric.Key), metric.Value.Series, null))
            .OrderByDescending(metric => metric.Series).ThenBy(metric => metric.Name, StringComparer.Ordinal).Take(limit),
        .. _labels.Select(label => new Entry("label", Encoding.UTF8.GetString(label.Key), label.Value.Series, label.Value.Values.Count))
            .OrderByDescending(label => label.Values).ThenBy(label => label.Name, StringComparer.Ordinal).Take(limit),
    ];

    private static Tally Of(Dictionary<byte[], Tally> tallies, ReadOnlySpan<byte> name)
    {
        ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(tallies.GetAlternateLookup<ReadOnlySpan<byte>>(), name, out _);
        return tally ??= new Tally();
    }

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

    private sealed class Tally
    {
        public long Series { get; set; }

        public HashSet<ulong> Values { get; } = [];
    }
}
