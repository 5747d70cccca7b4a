using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Signals;

namespace VmObs.Api;

/// <summary>GET /obs/openapi.json: what the engine can be asked, as OpenAPI 3.1, put together of one part an area (Api/OpenApi/*.json).</summary>
internal sealed class OpenApiEndpoint
{
    private const string Prefix = "VmObs.Api.OpenApi.";

    private readonly byte[] _document = Join();

    public Task HandleAsync(HttpContext context) => DocumentAnswer.WriteAsync(context, "application/json", _document);

    private static byte[] Join()
    {
        var parts = Parts().ToList();
        using var body = new PooledBuffer(64 * 1024);
        using (var json = new Utf8JsonWriter(body, AnswerJson.Options))
        {
            json.WriteStartObject();
            json.WriteString("openapi"u8, "3.1.0"u8);
            json.WriteStartObject("info"u8);
            json.WriteString("title"u8, "vm-obs"u8);
            json.WriteString("version"u8, ProductVersion.Text);
            json.WriteEndObject();
            json.WriteStartObject("paths"u8);
            foreach (var path in parts.SelectMany(static part => part.RootElement.GetProperty("paths").EnumerateObject()))
                path.WriteTo(json);
            json.WriteEndObject();
            json.WriteStartObject("components"u8);
            foreach (var kind in parts.SelectMany(static part => part.RootElement.GetProperty("components").EnumerateObject()).GroupBy(static kind => kind.Name))
            {
                json.WriteStartObject(kind.Key);
                foreach (var component in kind.SelectMany(static of => of.Value.EnumerateObject()))
                    component.WriteTo(json);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        parts.ForEach(static part => part.Dispose());
        return body.WrittenSpan.ToArray();
    }

    private static IEnumerable<JsonDocument> Parts()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            yield return JsonDocument.Parse(stream);
        }
    }
}
