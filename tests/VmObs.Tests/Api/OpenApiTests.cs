using System.Net;
using System.Text.Json;
using VmObs.Tests.Support;

namespace VmObs.Tests.Api;

public sealed class OpenApiTests
{
    [Fact]
    public async Task Every_path_under_obs_is_told_and_nothing_else_is()
    {
        await using var front = await EngineFront.StartAsync();
        using var document = JsonDocument.Parse(await front.GetAsync("/obs/openapi.json"));
        var told = document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(method => $"{method.Name.ToUpperInvariant()} {path.Name}"));
        var mapped = front.Routes.Where(route => route.Contains(" /obs/", StringComparison.Ordinal));
        Assert.Equal(mapped.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_parameter_that_is_taken_is_told_and_its_example_is_taken()
    {
        await using var front = await EngineFront.StartAsync();
        using var document = JsonDocument.Parse(await front.GetAsync("/obs/openapi.json"));
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            if (!path.Value.TryGetProperty("get", out var get))
                continue;
            var parameters = get.TryGetProperty("parameters", out var list) ? list.EnumerateArray().ToList() : [];
            var address = path.Name;
            foreach (var place in parameters.Where(parameter => parameter.GetProperty("in").GetString() == "path"))
                address = address.Replace($"{{{place.GetProperty("name")}}}", place.GetProperty("example").GetString(), StringComparison.Ordinal);
            var query = parameters.Where(parameter => parameter.GetProperty("in").GetString() == "query").ToDictionary(parameter => parameter.GetProperty("name").GetString()!, parameter => parameter.GetProperty("example").ToString());
            Assert.Equal(await TakenAsync(front, address), query.Keys.Order(StringComparer.Ordinal));
            // A stream without an end is not waited for.
            if (get.GetProperty("responses").GetProperty("200").GetProperty("content").TryGetProperty("text/event-stream", out _))
                continue;
            // from, to and last go together in their own ways; a cursor is of a page.
            foreach (var (name, example) in query.Where(one => one.Key is not ("to" or "cursor")))
            {
                using var response = await front.Main.GetAsync($"{address}?{name}={Uri.EscapeDataString(example)}", TestContext.Current.CancellationToken);
                // The example's trace is not there.
                Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, $"{address}?{name}={example}: {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
            }
        }
    }

    [Fact]
    public async Task Every_answer_and_parameter_has_an_example_and_every_reference_leads_somewhere()
    {
        await using var front = await EngineFront.StartAsync();
        using var document = JsonDocument.Parse(await front.GetAsync("/obs/openapi.json"));
        var root = document.RootElement;
        Assert.Equal("3.1.0", root.GetProperty("openapi").GetString());
        foreach (var (element, where) in All(root, ""))
        {
            if (element.TryGetProperty("$ref", out var reference))
                Assert.True(reference.GetString()!.TrimStart('#', '/').Split('/').Aggregate((JsonElement?)root, static (at, name) => at?.TryGetProperty(name, out var next) == true ? next : null) is not null, $"{where}: {reference}");
            if (element.TryGetProperty("schema", out _) && !where.Contains("/headers/", StringComparison.Ordinal))
                Assert.True(element.TryGetProperty("example", out _), $"{where} has no example");
        }
    }

    // What an endpoint says it takes when it is given what it does not know.
    private static async Task<IEnumerable<string>> TakenAsync(EngineFront front, string address)
    {
        using var response = await front.Main.GetAsync($"{address}?no-such-parameter=1", TestContext.Current.CancellationToken);
        if (response.StatusCode != HttpStatusCode.BadRequest)
            return [];
        using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var wanted = problem.RootElement.GetProperty("wanted").GetString()!;
        return wanted.StartsWith("only ", StringComparison.Ordinal) ? wanted["only ".Length..].Split(';')[0].Split(", ").Where(static name => name.Length > 0).Order(StringComparer.Ordinal) : [];
    }

    private static IEnumerable<(JsonElement Element, string Where)> All(JsonElement element, string where)
    {
        if (element.ValueKind == JsonValueKind.Object)
            return element.EnumerateObject().Where(static member => member.Name != "example").SelectMany(member => All(member.Value, $"{where}/{member.Name}")).Prepend((element, where));
        return element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().SelectMany((item, index) => All(item, $"{where}/{index}")) : [];
    }
}
