using System.Diagnostics;
using System.Text.Json;

namespace VmObs.ProcessTests.Clients;

/// <summary>One request through an Express app and an ASP.NET app, each with the SDK of its own language.</summary>
[Collection(ClientTests.Name)]
public sealed class TwoAppsTests(ClientEngine engine)
{
    private const string TraceId = "5b8efff798038103d269b633813fc60c";
    private const string CallerSpanId = "eee19b7ec3c1b174";

    [Fact]
    public async Task Express_and_aspnet_are_one_trace()
    {
        var price = await PriceApp.StartAsync(engine.Engine.OtlpGrpc);
        await using (price)
            Assert.Equal("price 7.50", await CheckOutAsync(price.Address));

        var trace = await engine.GetTraceAsync(TraceId);
        var spans = trace.GetProperty("spans").EnumerateArray().Select(Place).ToList();
        Assert.Equal(
            [("checkout-express", "did:vm:node:js-node", "server"), ("checkout-express", "did:vm:node:js-node", "client"), (PriceApp.Service, "did:vm:node:aspnet-node", "server")],
            spans.Select(span => (span.Service, span.Node, span.Kind)));
        Assert.Equal([CallerSpanId, spans[0].Id, spans[1].Id], spans.Select(span => span.Parent));
        Assert.Equal("/price/{id}", Attribute(trace, 2, "http.route"));
        Assert.Equal($"{price.Address}/price/7", Attribute(trace, 1, "url.full"));
    }

    private async Task<string> CheckOutAsync(string upstream)
    {
        var start = new ProcessStartInfo(NodePrograms.Node, [await NodePrograms.InstallAsync("express.js"), upstream]) { RedirectStandardOutput = true };
        foreach (var (name, value) in engine.OtlpEnvironment("checkout-express", "http/json"))
            start.Environment[name] = value;
        using var express = Process.Start(start)!;
        try
        {
            var port = await express.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/checkout/7");
            request.Headers.Add("traceparent", $"00-{TraceId}-{CallerSpanId}-01");
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            // It ends once what it traced was sent.
            await express.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            return answer;
        }
        finally
        {
            if (!express.HasExited)
                express.Kill();
        }
    }

    private static (string Id, string? Parent, string Service, string Node, string Kind) Place(JsonElement span) => (
        span.GetProperty("span_id").GetString()!, span.GetProperty("parent_span_id").GetString(), span.GetProperty("service").GetString()!,
        span.GetProperty("node").GetString()!, span.GetProperty("kind").GetString()!);

    private static string? Attribute(JsonElement trace, int span, string name) =>
        trace.GetProperty("spans")[span].GetProperty("attributes").GetProperty(name).GetString();
}
