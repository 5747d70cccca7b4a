using System.Text;
using System.Text.RegularExpressions;
using OpenTelemetry.Proto.Collector.Metrics.V1;
using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Metrics.V1;
using VmObs.Signals.Wire;

namespace VmObs.Tests.Signals.Wire.Otlp.Plain;

/// <summary>The labels of one resource and scope's series, set one after another: the last stands.</summary>
internal sealed partial class PlainSeries
{
    private readonly IngestRules _rules;
    private readonly ResourceMetrics _group;
    private readonly PlainResource _resource;
    private readonly List<KeyValue> _attributes;
    private readonly Dictionary<string, string> _shared = [];
    private readonly HashSet<string> _owned = [];

    public PlainSeries(ResourceMetrics group, InstrumentationScope? scope, string scopeSchemaUrl, IngestRules rules)
    {
        (_rules, _group, _resource) = (rules, group, PlainResource.Of(group.Resource, group.SchemaUrl));
        _attributes = group.Resource is null ? [] : PlainValues.Last(group.Resource.Attributes);
        if (!AsSent)
        {
            foreach (var key in rules.PromoteResourceAttributes.Where(key => Attribute(key).Length > 0))
                _shared[Name(key)!] = Attribute(key);
            Fits = TryAdd(_shared, scope is null ? [] : PlainValues.Last(scope.Attributes), "otel_scope_");
            _owned.UnionWith(scope is null ? [] : scope.Attributes.Select(pair => Name("otel_scope_" + pair.Key)!));
            Own(_shared, "otel_scope_name", scope?.Name ?? "");
            Own(_shared, "otel_scope_version", scope?.Version ?? "");
            Own(_shared, "otel_scope_schema_url", scopeSchemaUrl);
        }
        Identify(_shared);
    }

    private bool Fits { get; } = true;

    private bool AsSent => _rules.OtlpTranslation == OtlpTranslation.AsSent;

    /// <summary>A point's labels but the name; null when they are refused.</summary>
    public Dictionary<string, string>? Of(IEnumerable<KeyValue> attributes)
    {
        var labels = new Dictionary<string, string>(_shared);
        return Fits && TryAdd(labels, attributes, "") ? labels : null;
    }

    /// <summary>target_info's labels; null when the resource has none to tell. Refused when they do not fit.</summary>
    public (Dictionary<string, string>? Labels, bool Fits) TargetInfo()
    {
        var told = _attributes.Where(pair => pair.Key is not ("service.name" or "service.namespace" or "service.instance.id")).ToList();
        if (AsSent || told.Count == 0)
            return (null, true);
        _owned.Clear();
        var labels = new Dictionary<string, string> { ["__name__"] = "target_info" };
        Identify(labels);
        Own(labels, "otel_resource_schema_url", _group.SchemaUrl);
        Own(labels, "otel_resource_entities", _resource.Entities);
        return (labels, TryAdd(labels, told, ""));
    }

    private string Attribute(string key) => PlainValues.Label(_attributes.Find(pair => pair.Key == key)?.Value);

    private void Identify(Dictionary<string, string> labels)
    {
        var (service, space) = (Attribute("service.name"), Attribute("service.namespace"));
        if (!AsSent)
        {
            Own(labels, "job", service.Length == 0 || space.Length == 0 ? service : $"{space}/{service}");
            Own(labels, "instance", Attribute("service.instance.id"));
        }
        Own(labels, "service", _resource.Service);
        Own(labels, "node", _resource.Node);
    }

    private void Own(Dictionary<string, string> labels, string name, string value)
    {
        if (value.Length == 0)
            return;
        labels[name] = value;
        _owned.Add(name);
    }

    private bool TryAdd(Dictionary<string, string> labels, IEnumerable<KeyValue> attributes, string prefix)
    {
        var last = attributes.Reverse().DistinctBy(pair => pair.Key).ToList();
        if (last.Any(pair => string.IsNullOrEmpty(Name(prefix + pair.Key))))
            return false;
        foreach (var group in last.GroupBy(pair => Name(prefix + pair.Key)!).Where(group => !_owned.Contains(group.Key)))
            labels[group.Key] = string.Join(';', group.OrderBy(pair => Convert.ToHexString(Encoding.UTF8.GetBytes(pair.Key)), StringComparer.Ordinal).Select(pair => PlainValues.Label(pair.Value)));
        return true;
    }

    private string? Name(string key)
    {
        if (_rules.OtlpTranslation is not (OtlpTranslation.UnderscoreEscapingWithSuffixes or OtlpTranslation.UnderscoreEscapingWithoutSuffixes))
            return key;
        var reserved = Reserved().Match(key);
        var name = Foreign().Replace(reserved.Success ? reserved.Groups[1].Value : key, "_");
        name = reserved.Success ? $"__{name}__" : name.Length > 0 && char.IsAsciiDigit(name[0]) ? $"key_{name}" : name;
        return name.Trim('_').Length == 0 ? null : name;
    }

    [GeneratedRegex("^__(.*)__$", RegexOptions.Singleline)]
    private static partial Regex Reserved();

    [GeneratedRegex("[^a-zA-Z0-9]+")]
    private static partial Regex Foreign();
}
