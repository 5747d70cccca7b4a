using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace VmObs.Scrape.Discovery;

/// <summary>Reads lists of targets as file_sd and http_sd have them: <c>[{"targets": ["brick-01:9100"], "labels": {"rack": "r1"}}]</c>.</summary>
/// <remarks>https://prometheus.io/docs/prometheus/latest/http_sd/. Strict as Prometheus is: a key that it does not know is an error.</remarks>
internal static class TargetList
{
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads JSON.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="source">Where it is from; the groups are numbered behind it.</param>
    /// <param name="meta">A label that all targets get: __meta_filepath.</param>
    /// <exception cref="TargetListException">It is no such list.</exception>
    public static IReadOnlyList<TargetGroup> ReadJson(ReadOnlySpan<byte> json, string source, KeyValuePair<string, string> meta)
    {
        try
        {
            return Read(JsonNode.Parse(json, null, s_strict), source, meta);
        }
        catch (JsonException error)
        {
            throw new TargetListException($"{source}: got no JSON: {error.Message}");
        }
    }

    /// <summary>Reads YAML.</summary>
    /// <inheritdoc cref="ReadJson"/>
    public static IReadOnlyList<TargetGroup> ReadYaml(TextReader yaml, string source, KeyValuePair<string, string> meta)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(yaml);
            return stream.Documents.Count == 0 ? [] : Read(ToJson(stream.Documents[0].RootNode), source, meta);
        }
        catch (YamlException error)
        {
            throw new TargetListException($"{source}: line {error.Start.Line}: got no YAML: {error.Message}");
        }
    }

    /// <summary>An address with the labels of its group.</summary>
    public static IReadOnlyDictionary<string, string> WithAddress(IReadOnlyDictionary<string, string> labels, string address) =>
        new Dictionary<string, string>(labels, StringComparer.Ordinal) { ["__address__"] = address };

    private static List<TargetGroup> Read(JsonNode? root, string source, KeyValuePair<string, string> meta)
    {
        var groups = new List<TargetGroup>();
        foreach (var item in List(root, source, ""))
        {
            var place = $"[{groups.Count}]";
            if (item is not JsonObject group)
                throw Wrong(source, place, item, "an object with targets and labels");
            if (group.FirstOrDefault(static member => member.Key is not ("targets" or "labels")).Key is { } unknown)
                throw new TargetListException($"{source}: {place}.{unknown}: got an unknown key, want targets or labels");
            var labels = new Dictionary<string, string>(StringComparer.Ordinal);
            if (group["labels"] is { } given)
            {
                foreach (var (name, value) in given as JsonObject ?? throw Wrong(source, place + ".labels", given, "an object of texts"))
                    labels[name] = Text(value, source, $"{place}.labels.{name}");
            }
            labels[meta.Key] = meta.Value;
            var addresses = group["targets"] is { } targets ? List(targets, source, place + ".targets") : [];
            groups.Add(new TargetGroup($"{source}:{groups.Count}", [.. addresses.Select((address, i) => WithAddress(labels, Text(address, source, $"{place}.targets[{i}]")))]));
        }
        return groups;
    }

    private static JsonArray List(JsonNode? node, string source, string place) => node as JsonArray ?? throw Wrong(source, place, node, "a list");

    private static string Text(JsonNode? node, string source, string place) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Wrong(source, place, node, "a text");

    private static TargetListException Wrong(string source, string place, JsonNode? node, string wanted)
    {
        var got = node switch
        {
            null => "nothing",
            JsonObject => "an object",
            JsonArray => "a list",
            _ => node.ToJsonString(),
        };
        return new TargetListException($"{source}: {(place.Length == 0 ? "" : place + ": ")}got {got}, want {wanted}");
    }

    // Every scalar is a text: the port in "rack: 7" is one.
    private static JsonNode? ToJson(YamlNode node)
    {
        switch (node)
        {
            case YamlSequenceNode list:
                return new JsonArray([.. list.Children.Select(ToJson)]);
            case YamlMappingNode mapping:
                var members = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                    members[key.ToString()] = ToJson(value);
                return members;
            default:
                return node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" } ? null : JsonValue.Create(((YamlScalarNode)node).Value);
        }
    }
}
