using System.Text.Json;
using VmObs.Signals;

namespace VmObs.Receipts.Gaps;

/// <summary>The obs_gap of a period: its totals whole, and its sources as far as they fit, the largest first.</summary>
internal sealed class GapReceipt(long startUnixNanos, long endUnixNanos, IReadOnlyDictionary<GapKey, GapCount> counts)
{
    public const string Type = "obs_gap";

    private const int MaxSources = 256;

    // The totals of all reasons, the rest of the sources and the other members stay below a quarter of a line.
    private const int MaxSourceBytes = 40 * 1024;

    private static readonly GapKind[] s_kinds = Enum.GetValues<GapKind>();

    /// <summary>Writes the members.</summary>
    public void Write(Utf8JsonWriter json, long seq)
    {
        WriteHead(json, seq, "records", startUnixNanos, endUnixNanos);
        WriteCounts(json, counts);
        WriteSources(json);
        ReceiptWriter.WriteTags(json, ["observability", "gap", .. s_kinds.Where(kind => counts.Keys.Any(key => key.Kind == kind)).Select(kind => kind.Name())]);
    }

    /// <summary>The members that every obs_gap begins with.</summary>
    public static void WriteHead(Utf8JsonWriter json, long seq, string reason, long startUnixNanos, long endUnixNanos)
    {
        json.WriteString("type", Type);
        json.WriteString("gap_id", ReceiptWriter.Id("gap", endUnixNanos, seq));
        json.WriteString("timestamp", Rfc3339.FormatShort(endUnixNanos));
        json.WriteString("reason", reason);
        json.WriteStartObject("period");
        json.WriteString("start", Rfc3339.FormatShort(startUnixNanos));
        json.WriteString("end", Rfc3339.FormatShort(endUnixNanos));
        json.WriteEndObject();
    }

    private void WriteSources(Utf8JsonWriter json)
    {
        var sources = counts.GroupBy(count => count.Key.Source, StringComparer.Ordinal)
            // What came from sources beyond those that were counted apart is none of them.
            .OrderBy(source => source.Key == GapPeriod.OtherSources)
            .ThenByDescending(source => source.Sum(count => count.Value.Records + count.Value.Requests)).ThenBy(source => source.Key, StringComparer.Ordinal).ToList();
        var (shown, bytes) = (0, 0);
        json.WriteStartArray("sources");
        foreach (var source in sources.TakeWhile(source => source.Key != GapPeriod.OtherSources).Take(MaxSources))
        {
            var member = Source(source);
            bytes += member.Length;
            if (bytes > MaxSourceBytes)
                break;
            json.WriteRawValue(member, skipInputValidation: true);
            shown++;
        }
        json.WriteEndArray();
        if (shown == sources.Count)
            return;
        ReceiptWriter.WriteInteger(json, "sources_total", sources.Count(source => source.Key != GapPeriod.OtherSources));
        json.WriteStartObject("sources_rest");
        WriteCounts(json, sources.Skip(shown).SelectMany(source => source));
        json.WriteEndObject();
    }

    private static byte[] Source(IGrouping<string, KeyValuePair<GapKey, GapCount>> source)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("source", source.Key);
            WriteCounts(json, source);
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    // {"refused":{"logs":{"too_far_ahead":{"records":3,"requests":1}}},"late":{},"dropped":{}}
    private static void WriteCounts(Utf8JsonWriter json, IEnumerable<KeyValuePair<GapKey, GapCount>> rows)
    {
        var byReason = rows.GroupBy(row => (row.Key.Kind, row.Key.Signal, row.Key.Reason), row => row.Value)
            .ToLookup(group => group.Key.Kind, group => (group.Key.Signal, group.Key.Reason, Sum: group.Aggregate((sum, count) => sum + count)));
        foreach (var kind in s_kinds)
        {
            json.WriteStartObject(kind.Name());
            foreach (var signal in byReason[kind].GroupBy(row => row.Signal).OrderBy(signal => signal.Key))
            {
                json.WriteStartObject(Name(signal.Key));
                foreach (var (_, reason, sum) in signal.OrderBy(row => row.Reason, StringComparer.Ordinal))
                {
                    json.WriteStartObject(reason);
                    ReceiptWriter.WriteInteger(json, "records", sum.Records);
                    ReceiptWriter.WriteInteger(json, "requests", sum.Requests);
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
    }

    private static string Name(Signal signal) => signal switch { Signal.Metrics => "metrics", Signal.Logs => "logs", _ => "traces" };
}
