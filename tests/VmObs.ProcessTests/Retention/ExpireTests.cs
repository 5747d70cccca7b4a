using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.ProcessTests.Retention;

public sealed class ExpireTests
{
    private const string Policy =
        """
        retention:
          metrics: 1d
          logs: {trace: 1d, standard: forever, error: forever}
          traces: {ok: 1d, error: forever}
        sampling_rules: []
        """;

    [Fact]
    public async Task What_has_expired_goes_by_command_and_the_rest_is_answered_and_verifies_also_after_a_kill()
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, "data");
        var config = Path.Combine(folder.Path, "vm-obs.yaml");
        File.WriteAllText(config, Policy);
        await using (var engine = await EngineProcess.StartAsync(data, config: config))
        {
            await SendAsync(engine.OtlpHttp);
            (await ProgramRun.OfVmObsAsync(engine.Url, "seal")).Succeeded();
            var plan = (await ProgramRun.OfVmObsAsync(engine.Url, "expire", "--dry-run", "--output", "json")).Succeeded();
            await AssertFoundAsync(engine.Url, ["debug line", "trace line"], spans: 2);
            var table = (await ProgramRun.OfVmObsAsync(engine.Url, "expire")).Succeeded();
            Assert.Equal(
                ["logs/2025-12-06/hour-14.jsonl.gz trace standard", "metrics/2025-12-06/hour-14.parquet metrics ", "traces/2025-12-06/hour-14.parquet ok error"],
                plan.JsonLines().Select(line => $"{line.GetProperty("storage_path").GetString()!["telemetry/".Length..]} {Classes(line, "dropped")} {Classes(line, "remains")}").Order(StringComparer.Ordinal));
            Assert.Contains("hour-14.jsonl.gz", table.Output, StringComparison.Ordinal);
            Assert.Contains("of 3 files", table.Errors, StringComparison.Ordinal);
            await AssertFoundAsync(engine.Url, ["debug line"], spans: 1);
            Assert.Contains("nothing has expired", (await ProgramRun.OfVmObsAsync(engine.Url, "expire")).Succeeded().Errors, StringComparison.Ordinal);
            await AssertVerifiesAsync(data);
            await engine.KillAsync();
        }
        await AssertVerifiesAsync(data);
        await using var again = await EngineProcess.StartAsync(data, config: config);
        await AssertFoundAsync(again.Url, ["debug line"], spans: 1);
        await AssertVerifiesAsync(data);
    }

    private static async Task SendAsync(Uri server)
    {
        using var sender = new OtlpSender();
        var resource = OtlpSender.Resource("guardian", "brick-01");
        await sender.SendAsync(server, OtlpSender.LogsPath, writer => writer.Logs(new OtlpGroup<OtlpLog>(resource,
        [
            new OtlpLog { Time = TestTime.HouseHour, Body = "trace line", SeverityNumber = 1 },
            new OtlpLog { Time = TestTime.HouseHour, Body = "debug line", SeverityNumber = 5 },
        ])));
        await sender.SendAsync(server, OtlpSender.MetricsPath, writer => writer.Metrics(new OtlpGroup<OtlpMetric>(
            resource, [new OtlpMetric("m", OtlpMetricType.Gauge, [new OtlpPoint(TestTime.HouseHour, 1.0)])])));
        await sender.SendAsync(server, OtlpSender.TracesPath, writer => writer.Traces(new OtlpGroup<OtlpSpan>(resource, [Span(1, 0), Span(2, 2)])));
    }

    private static OtlpSpan Span(byte id, int status) => new()
    {
        TraceId = [.. new byte[15], id], SpanId = [.. new byte[7], id], ParentSpanId = [], Name = $"span-{id}",
        Start = TestTime.HouseHour, End = TestTime.HouseHour + TestTime.Second, StatusCode = status,
    };

    private static string Classes(System.Text.Json.JsonElement line, string part) => line.GetProperty(part) is { ValueKind: System.Text.Json.JsonValueKind.Object } classes
        ? string.Join('+', classes.GetProperty("classes").EnumerateArray().Select(name => name.GetString()))
        : "";

    private static async Task AssertFoundAsync(Uri server, string[] messages, int spans)
    {
        string[] hour = ["--from", "2025-12-06", "--to", "2025-12-07", "--output", "json"];
        var logs = (await ProgramRun.OfVmObsAsync(server, ["logs", "query", .. hour])).Succeeded();
        Assert.Equal(messages, logs.JsonLines().Select(line => line.GetProperty("message").GetString()).Order(StringComparer.Ordinal));
        var traces = 0;
        for (var id = 1; id <= 2; id++)
            traces += (await ProgramRun.OfVmObsAsync(server, "trace", "show", $"{id:x32}")).ExitCode == 0 ? 1 : 0;
        Assert.Equal(spans, traces);
    }

    private static async Task AssertVerifiesAsync(string data)
    {
        (await ProgramRun.OfVmObsAsync("verify", "--data", data, "--journal")).Succeeded();
        (await ProgramRun.OfAsync("dotnet", [Programs.VmObsVerify, data])).Succeeded();
    }
}
