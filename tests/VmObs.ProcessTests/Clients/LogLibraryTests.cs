using System.Text.Json;

namespace VmObs.ProcessTests.Clients;

/// <summary>Log libraries of Node.js with their own senders.</summary>
[Collection(ClientTests.Name)]
public sealed class LogLibraryTests(ClientEngine engine)
{
    private const int Lines = 500;

    [Theory]
    [InlineData("json")]
    [InlineData("protobuf")]
    public async Task Winston_loki_loses_nothing(string form)
    {
        var service = $"winston-{form}";
        await NodePrograms.RunAsync("winston.js", [Address, service, form, $"{Lines}"]);
        await CheckAsync(service, "did:vm:node:winston-node", "message");
    }

    [Fact]
    public async Task Pino_loki_loses_nothing()
    {
        await NodePrograms.RunAsync("pino.js", [Address, "pino", $"{Lines}"]);
        await CheckAsync("pino", "did:vm:node:pino-node", "msg");
    }

    [Theory]
    [InlineData("elastic-plain")]
    [InlineData("elastic-gzip")]
    public async Task The_elasticsearch_clients_bulk_helper_counts_what_is_stored(string service)
    {
        var run = await NodePrograms.RunAsync("elasticsearch.js", [Address, service, $"{Lines}"]);
        var counted = Assert.Single(run.JsonLines());
        Assert.Equal((Lines, 0, 0), (Number(counted, "successful"), Number(counted, "failed"), Number(counted, "retry")));
        var logs = await engine.LogsAsync(service);
        Assert.Equal(
            Enumerable.Range(0, Lines).Select(i => (i, $"größe {i}", Level(i), "did:vm:node:es-node")),
            logs.Select(log => (Number(log.GetProperty("attributes"), "i"), Text(log, "message"), Text(log, "level"), Text(log, "node"))).Order());
    }

    private string Address => engine.Engine.Url.ToString().TrimEnd('/');

    // Loki keeps the line as the library wrote it: JSON.
    private async Task CheckAsync(string service, string node, string message)
    {
        var logs = await engine.LogsAsync(service);
        var found = logs.Select(log =>
        {
            var line = JsonElement.Parse(Text(log, "message"));
            return (Number(line, "i"), Text(line, message), Text(log, "level"), Text(log.GetProperty("labels"), "half"), Text(log, "node"));
        });
        Assert.Equal(Enumerable.Range(0, Lines).Select(i => (i, $"größe {i}", Level(i), i % 2 == 0 ? "even" : "odd", node)), found.Order());
    }

    private static string Level(int i) => i % 2 == 0 ? "info" : "error";

    private static int Number(JsonElement element, string member) => element.GetProperty(member).GetInt32();

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
