using System.Text.Json;

namespace VmObs.ProcessTests.Clients;

/// <summary>Agents that are not run here: their documented requests, answered as each of them wants it.</summary>
[Collection(ClientTests.Name)]
public sealed class AgentTests(ClientEngine engine) : IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("fluent-bit-http")]
    [InlineData("fluent-bit-es")]
    [InlineData("fluent-bit-loki")]
    [InlineData("vector-http")]
    [InlineData("vector-elasticsearch")]
    [InlineData("vector-loki")]
    [InlineData("promtail")]
    [InlineData("filebeat")]
    public async Task Two_lines_of_an_agent_are_two_records(string agent)
    {
        var request = RecordedRequest.Read($"{agent}.http");
        var (status, answer) = await request.SendAsync(_http, engine.Engine.Url);
        AssertContent(request.Path, status, answer);
        var logs = await engine.LogsAsync(agent, "2025-12-06T13:00:00Z", "2025-12-06T14:00:00Z");
        Assert.Equal(
            [("2025-12-06T13:05:15.123", "anchor 1 failed", "error"), ("2025-12-06T13:05:15.223", "anchor 2 größe \"x\"", "info")],
            logs.Select(log => (Text(log, "timestamp")[..23], Text(log, "message").TrimEnd('\n'), Text(log, "level"))));
        Assert.All(logs, log => Assert.Equal("did:vm:node:brick-01", Text(log, "node")));
        if (agent != "promtail")
            return;
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", Text(logs[1], "trace_id"));
        Assert.Equal("a-1", Text(logs[1].GetProperty("attributes"), "pod"));
        Assert.Equal("/var/log/a.log", Text(logs[1].GetProperty("labels"), "filename"));
    }

    [Fact]
    public async Task Filebeat_finds_all_it_asks_for_before_its_first_bulk()
    {
        foreach (var line in RecordedRequest.Lines("filebeat-start.txt").Select(line => line.Split(' ', 4)))
        {
            using var request = new HttpRequestMessage(new HttpMethod(line[0]), new Uri(engine.Engine.Url, line[1]));
            if (line[0] == "PUT")
                request.Content = new StringContent("{}", null, "application/json");
            using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            var answer = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True((int)response.StatusCode == int.Parse(line[2]) && answer.Contains(line.ElementAtOrDefault(3) ?? ""), $"{string.Join(' ', line)}: got {response.StatusCode} {answer}");
            Assert.Equal(["Elasticsearch"], response.Headers.GetValues("X-Elastic-Product"));
        }
    }

    // What an agent takes for success: Fluent Bit and Filebeat look at errors and at each item, Loki's clients want 204 and nothing in it.
    private static void AssertContent(string path, int status, string answer)
    {
        if (path.StartsWith("/loki", StringComparison.Ordinal))
        {
            Assert.Equal((204, ""), (status, answer));
            return;
        }
        Assert.Equal(200, status);
        var document = JsonElement.Parse(answer);
        if (path.StartsWith("/_bulk", StringComparison.Ordinal))
        {
            Assert.False(document.GetProperty("errors").GetBoolean());
            Assert.Equal([201, 201], document.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("create").GetProperty("status").GetInt32()));
        }
        else
        {
            Assert.Equal((2, 0), (document.GetProperty("taken").GetInt32(), document.GetProperty("refused").GetInt32()));
        }
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
