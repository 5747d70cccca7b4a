using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace VmObs.Ingest;

/// <summary>What agents ask an Elasticsearch before their first bulk: who it is, its licence, whether templates and policies are there.</summary>
/// <remarks>Records here need no templates or policies. They are said to be there, so that an agent does not install them; one that does so all
/// the same is acknowledged, and nothing of it is kept (docs/send/elasticsearch.md).</remarks>
internal static class ElasticGreeting
{
    /// <summary>The version that is claimed: agents choose by it how they speak.</summary>
    public const string Version = "8.19.0";

    private const string Welcome =
        $$$"""{"name":"vm-obs","cluster_name":"vm-obs","cluster_uuid":"dm0tb2JzLWVuZ2luZS0wMQ","version":{"number":"{{{Version}}}","build_flavor":"default","build_type":"tar","build_hash":"unknown","build_date":"2025-01-01T00:00:00.000Z","build_snapshot":false,"lucene_version":"9.12.2","minimum_wire_compatibility_version":"7.17.0","minimum_index_compatibility_version":"7.0.0"},"tagline":"VaultMesh Observability Engine, speaking Elasticsearch's bulk"}""";

    private const string License = """{"license":{"status":"active","uid":"00000000-0000-0000-0000-000000000000","type":"basic","mode":"basic"}}""";

    private const string Features =
        """{"build":{"hash":"unknown","date":"2025-01-01T00:00:00.000Z"},"license":{"uid":"00000000-0000-0000-0000-000000000000","type":"basic","mode":"basic","status":"active"},"features":{"ilm":{"available":true,"enabled":true}}}""";

    private const string Health = """{"cluster_name":"vm-obs","status":"green","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1}""";

    private const string Acknowledged = """{"acknowledged":true}""";

    private static readonly string[] Reading = ["GET", "HEAD"];
    private static readonly string[] Writing = ["PUT", "POST"];

    // What an agent installs, or looks for first.
    private static readonly string[] Installed =
        ["/_index_template/{name}", "/_template/{name}", "/_component_template/{name}", "/_ilm/policy/{name}", "/_data_stream/{name}", "/_ingest/pipeline/{name}"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        MapText(routes, "/", Reading, Welcome);
        MapText(routes, "/_license", Reading, License);
        MapText(routes, "/_xpack", Reading, Features);
        MapText(routes, "/_cluster/health", Reading, Health);
        foreach (var path in Installed)
        {
            MapText(routes, path, Reading, "{}");
            MapText(routes, path, Writing, Acknowledged);
        }
    }

    /// <summary>Says that this is one: official clients refuse to speak to anything else.</summary>
    public static void Sign(HttpResponse response)
    {
        response.Headers["X-Elastic-Product"] = "Elasticsearch";
        response.ContentType = "application/json";
    }

    private static void MapText(IEndpointRouteBuilder routes, string path, string[] methods, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        routes.MapMethods(path, methods, (RequestDelegate)(async context =>
        {
            Sign(context.Response);
            context.Response.ContentLength = body.Length;
            if (!HttpMethods.IsHead(context.Request.Method))
                await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }));
    }
}
