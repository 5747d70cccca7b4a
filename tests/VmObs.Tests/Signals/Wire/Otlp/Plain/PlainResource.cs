using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Resource.V1;

namespace VmObs.Tests.Signals.Wire.Otlp.Plain;

/// <summary>What records take from their resource and scope, mapped the plain way.</summary>
internal sealed record PlainResource(string Service, string Node, string Json, string Entities)
{
    private const string Did = "did:vm:node:";

    private static readonly string[] NodeKeys = ["vm.node", "host.name", "k8s.node.name", "host.id", "container.id", "service.instance.id"];

    public static PlainResource Of(Resource? resource, string schemaUrl)
    {
        resource ??= new Resource();
        var attributes = PlainValues.Last(resource.Attributes);
        string Text(string key) => PlainValues.Label(attributes.Find(pair => pair.Key == key)?.Value);
        string Or(string text, string otherwise) => text.Length > 0 ? text : otherwise;
        var node = NodeKeys.Select(Text).Select(text => text.StartsWith(Did, StringComparison.Ordinal) ? text[Did.Length..] : text).FirstOrDefault(text => text.Length > 0) ?? "unknown";
        var entities = resource.EntityRefs.Count == 0 ? "" : $"[{string.Join(',', resource.EntityRefs.Select(Entity))}]";
        var members = attributes
            .Where(pair => pair.Key != "service.name" && (schemaUrl.Length == 0 || pair.Key != "schema_url") && (entities.Length == 0 || pair.Key != "entities"))
            .Select(pair => $"{PlainValues.Json(pair.Key)}:{PlainValues.Json(pair.Value)}").ToList();
        if (schemaUrl.Length > 0)
            members.Add($"\"schema_url\":{PlainValues.Json(schemaUrl)}");
        if (entities.Length > 0)
            members.Add($"\"entities\":{entities}");
        return new PlainResource(Or(Text("service.name"), "unknown_service"), node, members.Count == 0 ? "" : $"{{{string.Join(',', members)}}}", entities);
    }

    public static string Scope(InstrumentationScope? scope, string schemaUrl)
    {
        scope ??= new InstrumentationScope();
        if (scope.Name.Length + scope.Version.Length + scope.Attributes.Count + schemaUrl.Length == 0)
            return "";
        var json = $"{{\"name\":{PlainValues.Json(scope.Name)}";
        if (scope.Version.Length > 0)
            json += $",\"version\":{PlainValues.Json(scope.Version)}";
        if (scope.Attributes.Count > 0)
            json += $",\"attributes\":{PlainValues.Json(PlainValues.Last(scope.Attributes))}";
        if (schemaUrl.Length > 0)
            json += $",\"schema_url\":{PlainValues.Json(schemaUrl)}";
        return json + "}";
    }

    private static string Entity(EntityRef entity)
    {
        var json = $"{{\"type\":{PlainValues.Json(entity.Type)}";
        if (entity.IdKeys.Count > 0)
            json += $",\"id_keys\":[{string.Join(',', entity.IdKeys.Select(PlainValues.Json))}]";
        if (entity.DescriptionKeys.Count > 0)
            json += $",\"description_keys\":[{string.Join(',', entity.DescriptionKeys.Select(PlainValues.Json))}]";
        if (entity.SchemaUrl.Length > 0)
            json += $",\"schema_url\":{PlainValues.Json(entity.SchemaUrl)}";
        return json + "}";
    }
}
