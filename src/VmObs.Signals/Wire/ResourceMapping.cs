using System.Text;

namespace VmObs.Signals.Wire;

/// <summary>The one place that says which service and node a record belongs to: docs/resource-mapping.md.</summary>
internal sealed class ResourceMapping
{
    private static readonly string[] LokiServiceNames =
        ["service", "service_name", "job", "app", "application", "app_kubernetes_io_name", "container", "container_name", "component"];

    private static readonly string[] LokiNodeNames = ["node", "host", "hostname", "instance", "node_name"];

    private readonly byte[][] _nodeAttributes;
    private readonly byte[] _unknownNode, _unknownService;

    public ResourceMapping(IngestRules rules)
    {
        _nodeAttributes = Encode(rules.NodeAttributes);
        _unknownNode = Encoding.UTF8.GetBytes(NodeName.ToShort(rules.UnknownNode));
        _unknownService = Encoding.UTF8.GetBytes(rules.UnknownService);
    }

    /// <summary>The OTLP resource attribute that names the service.</summary>
    public static ReadOnlySpan<byte> ServiceAttribute => "service.name"u8;

    /// <summary>The label under which every series and stream has its service.</summary>
    public static ReadOnlySpan<byte> ServiceLabel => "service"u8;

    /// <summary>The label under which every series and stream has its node's short name.</summary>
    public static ReadOnlySpan<byte> NodeLabel => "node"u8;

    /// <summary>Stream labels that name a Loki client's service, the first one present wins.</summary>
    public static IReadOnlyList<byte[]> LokiServiceLabels { get; } = Encode(LokiServiceNames);

    /// <summary>Stream labels that name a Loki client's node, the first one present wins.</summary>
    public static IReadOnlyList<byte[]> LokiNodeLabels { get; } = Encode(LokiNodeNames);

    public ReadOnlySpan<byte> UnknownNode => _unknownNode;

    public ReadOnlySpan<byte> UnknownService => _unknownService;

    /// <summary>A resource attribute's place among those that name the node, lower is better; int.MaxValue for any other.</summary>
    public int NodeRank(ReadOnlySpan<byte> attribute)
    {
        for (var i = 0; i < _nodeAttributes.Length; i++)
        {
            if (attribute.SequenceEqual(_nodeAttributes[i]))
                return i;
        }
        return int.MaxValue;
    }

    /// <summary>The host of a scrape target: "node-1:9100" → "node-1", "[::1]:9100" → "::1"; a text without a port stays.</summary>
    public static ReadOnlySpan<byte> HostOf(ReadOnlySpan<byte> instance)
    {
        var colon = instance.LastIndexOf((byte)':');
        if (instance.StartsWith("["u8) && instance.IndexOf((byte)']') is > 0 and var end && (end == instance.Length - 1 || colon == end + 1))
            return instance[1..end];
        if (colon <= 0 || instance[..colon].Contains((byte)':') || instance[(colon + 1)..].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
            return instance;
        return instance[..colon];
    }

    private static byte[][] Encode(IEnumerable<string> names) => [.. names.Select(Encoding.UTF8.GetBytes)];
}
