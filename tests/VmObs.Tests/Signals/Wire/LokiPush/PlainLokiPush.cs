using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Loki.Push;
using VmObs.Signals;
using VmObs.Tests.Signals.Wire.Otlp.Plain;
using VmObs.Tests.Signals.Wire.Plain;

namespace VmObs.Tests.Signals.Wire.LokiPush;

/// <summary>Maps pushes the plain way: docs/resource-mapping.md, member by member.</summary>
internal static class PlainLokiPush
{
    private static readonly string[] s_services = ["service", "service_name", "job", "app", "application", "app_kubernetes_io_name", "container", "container_name", "component"];
    private static readonly string[] s_nodes = ["node", "host", "hostname", "instance", "node_name"];
    private static readonly string[] s_levelNames = ["level", "severity", "detected_level"];
    private static readonly Dictionary<string, string> s_levels = new(StringComparer.OrdinalIgnoreCase) { ["warning"] = "warn", ["err"] = "error", ["error"] = "error", ["dbg"] = "debug" };

    public static string Map(PushRequest request)
    {
        var batch = new PlainBatch();
        foreach (var stream in request.Streams)
        {
            var labels = Regex.Matches(stream.Labels, @"([^{=, ]+)=(""(?:[^""\\]|\\.)*"")").Select(static match =>
                KeyValuePair.Create(match.Groups[1].Value, JsonSerializer.Deserialize<string>(match.Groups[2].ValueSpan)!)).Where(static label => label.Value.Length > 0).ToList();
            foreach (var entry in stream.Entries)
                Map(entry, labels, batch);
        }
        return batch.ToString();
    }

    private static void Map(EntryAdapter entry, List<KeyValuePair<string, string>> labels, PlainBatch batch)
    {
        if (TimeOf(entry.Timestamp, batch) is not { } time)
            return;
        var named = labels.ToDictionary();
        var service = s_services.Select(name => named.GetValueOrDefault(name)).FirstOrDefault(static value => value is not null) ?? "unknown_service";
        var nodeLabel = s_nodes.FirstOrDefault(named.ContainsKey);
        var node = nodeLabel is null ? "unknown" : NodeName.ToShort(nodeLabel == "node" ? named["node"] : named[nodeLabel].Replace(":9100", "", StringComparison.Ordinal));
        var metadata = entry.StructuredMetadata.Where((pair, i) => !entry.StructuredMetadata.Skip(i + 1).Any(later => later.Name == pair.Name)).Select(static pair => KeyValuePair.Create(pair.Name, pair.Value)).ToList();
        var facts = metadata.Concat(MembersOf(entry.Line)).ToList();
        var level = labels.Concat(facts).Where(static fact => s_levelNames.Contains(fact.Key)).Select(static fact => s_levels.GetValueOrDefault(fact.Value)).FirstOrDefault(static known => known is not null) ?? "info";
        var others = labels.Where(static label => label.Key is not ("service" or "node")).ToList();
        var tail = $"\"level\":\"{level}\",\"service\":{PlainValues.Json(service)},\"node\":{PlainValues.Json("did:vm:node:" + node)},\"message\":{PlainValues.Json(entry.Line)}"
            + Object("attributes", metadata) + Id("trace_id", 32, facts) + Id("span_id", 16, facts) + Object("labels", others) + "}";
        (named["service"], named["node"]) = (service, node);
        batch.Add($"{PlainBatch.Labels(named)} {time} {char.ToUpperInvariant(level[0])}{level[1..]} {tail}");
    }

    private static long? TimeOf(Timestamp? timestamp, PlainBatch batch)
    {
        if (timestamp is null)
            return Wiring.Arrival;
        var time = ((Int128)timestamp.Seconds * 1_000_000_000) + timestamp.Nanos;
        if (timestamp.Seconds >= 0 && timestamp.Nanos is >= 0 and < 1_000_000_000 && time <= Wiring.Arrival + 600_000_000_000)
            return (long)time;
        batch.Refuse(timestamp.Seconds < 0 || timestamp.Nanos is < 0 or >= 1_000_000_000 || time > long.MaxValue ? RefusalReason.InvalidTimestamp : RefusalReason.TooFarAhead);
        return null;
    }

    // Texts at the top level of a line that is an object.
    private static IEnumerable<KeyValuePair<string, string>> MembersOf(string line)
    {
        if (!line.StartsWith('{'))
            return [];
        using var document = JsonDocument.Parse(line);
        return [.. document.RootElement.EnumerateObject().Where(static member => member.Value.ValueKind == JsonValueKind.String).Select(static member => KeyValuePair.Create(member.Name, member.Value.GetString()!))];
    }

    private static string Object(string name, List<KeyValuePair<string, string>> members) =>
        members.Count == 0 ? "" : $",\"{name}\":{{{string.Join(',', members.Select(static member => $"{PlainValues.Json(member.Key)}:{PlainValues.Json(member.Value)}"))}}}";

    // What is named first stands, be it an id or not.
    private static string Id(string name, int digits, List<KeyValuePair<string, string>> facts)
    {
        var id = facts.Find(fact => fact.Key == name && fact.Value.Length > 0).Value ?? "";
        return id.Length == digits && id.All(char.IsAsciiHexDigit) && id.Any(static digit => digit != '0') ? $",\"{name}\":\"{id.ToLowerInvariant()}\"" : "";
    }
}
