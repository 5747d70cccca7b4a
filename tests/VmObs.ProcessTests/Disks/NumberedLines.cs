using System.Net;
using System.Text.Json;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.ProcessTests.Disks;

/// <summary>Sends log lines and samples that can be counted again, and notes what became of them.</summary>
internal sealed class NumberedLines : IDisposable
{
    private const int LinesInRequest = 20;
    private readonly OtlpSender _sender = new();
    private readonly HttpClient _http = new();
    private readonly HashSet<string> _acknowledged = [];
    private readonly HashSet<string> _refused = [];
    private int _sent;

    /// <summary>Requests acknowledged so far.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Requests told to come back so far.</summary>
    public int Refused { get; private set; }

    /// <summary>Sends one request; a refusal must be 503 or 429.</summary>
    /// <returns>Whether it was acknowledged.</returns>
    public async Task<bool> SendAsync(EngineProcess engine, int lineBytes = 20)
    {
        var number = _sent++;
        var names = Enumerable.Range(0, LinesInRequest).Select(line => $"{number}-{line}").ToList();
        var resource = OtlpSender.Resource("numbered", "brick-01");
        var filler = new string('x', lineBytes);
        var (status, body) = await _sender.PostAsync(engine.OtlpHttp, OtlpSender.LogsPath, OtlpWriter.Protobuf(writer => writer.Logs(new OtlpGroup<OtlpLog>(
            resource, [.. names.Select((name, i) => new OtlpLog { Time = TestTime.HouseHour + (ulong)i, SeverityNumber = 9, Body = $"{name} {filler}" })]))));
        Assert.True(status is 200 or 503 or 429, $"got {status} {body}, want 200, 503 or 429");
        if (status == 200)
            Acknowledged++;
        else
            Refused++;
        (status == 200 ? _acknowledged : _refused).UnionWith(names);
        return status == 200;
    }

    /// <summary>Asks the engine: what was acknowledged is there once, what was refused once or not at all, whole requests both.</summary>
    public async Task CheckAsync(EngineProcess engine)
    {
        using var response = await _http.GetAsync(new Uri(engine.Url, "/obs/logs?service=numbered&from=2025-12-06T00:00:00Z&to=2025-12-07T00:00:00Z&limit=100000"));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        var found = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line).GetProperty("message").GetString()!.Split(' ')[0]).ToList();
        Assert.Equal(found.Count, found.Distinct().Count());
        Assert.Empty(_acknowledged.Except(found));
        Assert.Empty(found.Except(_acknowledged).Except(_refused));
        Assert.All(found.CountBy(name => name.Split('-')[0]), request => Assert.Equal(LinesInRequest, request.Value));
    }

    /// <summary>What /obs/health says.</summary>
    public async Task<string> HealthAsync(EngineProcess engine)
    {
        using var response = await _http.GetAsync(new Uri(engine.Url, "/obs/health"));
        return await response.Content.ReadAsStringAsync();
    }

    public void Dispose()
    {
        _sender.Dispose();
        _http.Dispose();
    }
}
