using System.Text.Json;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.ProcessTests.Gaps;

/// <summary>What an engine did not take, took late or held back, and when there was none: all of it is in the ledger.</summary>
public sealed class GapTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly OtlpAttribute[] s_resource = OtlpSender.Resource("gap-service", "gap-node");

    private readonly TemporaryFolder _folder = new();
    private readonly WrongSender _sender = new();
    private EngineProcess _engine = null!;

    private string HeadPath => Path.Combine(_folder.Path, "HEAD.observability.txt");

    public async ValueTask InitializeAsync() => _engine = await EngineProcess.StartAsync(_folder.Path);

    public async ValueTask DisposeAsync()
    {
        await _engine.DisposeAsync();
        _sender.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Counts_survive_a_kill_and_are_receipted_by_signal_reason_and_source()
    {
        await _sender.SendMalformedAsync(_engine);
        await _sender.SendTooFarAheadAsync(_engine);
        await SealAsync();
        await _sender.SendLogsAsync(_engine, "first", TestTime.HouseHour);
        await SealAsync();
        await _sender.SendLogsAsync(_engine, "late", TestTime.HouseHour, records: 3);
        await AfterBeatAsync();
        await _sender.SendMalformedAsync(_engine);
        await AfterBeatAsync();
        await _engine.KillAsync();
        await RestartAsync();
        await SealAsync();
        var gaps = await GapsAsync("records");
        Assert.Equal(
            [
                "late logs hour_sealed otlp-http 127.0.0.1: 3 records, 1 requests",
                "refused logs malformed loki 127.0.0.1: 0 records, 2 requests",
                "refused logs malformed otlp-grpc 127.0.0.1: 0 records, 2 requests",
                "refused logs malformed otlp-http 127.0.0.1: 0 records, 2 requests",
                "refused logs too_far_ahead loki 127.0.0.1: 1 records, 1 requests",
                "refused logs too_far_ahead otlp-grpc 127.0.0.1: 2 records, 1 requests",
                "refused logs too_far_ahead otlp-http 127.0.0.1: 2 records, 1 requests",
                "refused metrics malformed remote_write 127.0.0.1: 0 records, 2 requests",
                "refused metrics too_far_ahead remote_write 127.0.0.1: 1 records, 1 requests",
            ],
            Sums(gaps));
        var table = (await ProgramRun.OfVmObsAsync(_engine.Url, "query", "--type", "gap")).Succeeded().Output;
        Assert.Contains("no engine, ended without a stop", table, StringComparison.Ordinal);
        Assert.Contains("late 3 records", table, StringComparison.Ordinal);
        // The good record beside each bad one is there.
        var found = (await ProgramRun.OfVmObsAsync(_engine.Url, "logs", "search", "good", "--last", "1h", "--output", "json")).Succeeded().JsonLines();
        Assert.Equal(3, found.Count);
        await AssertVerifiedAsync();
    }

    [Fact]
    public async Task Each_time_without_an_engine_is_receipted_with_from_and_to()
    {
        await AfterBeatAsync();
        var beforeKill = TestTime.Now();
        await _engine.KillAsync();
        await RestartAsync();
        var beforeStop = TestTime.Now();
        Assert.Equal(0, await _engine.TerminateAsync(TimeSpan.FromSeconds(10)));
        Assert.EndsWith("\nstopped", (await File.ReadAllTextAsync(HeadPath, TestContext.Current.CancellationToken)).Split("\n\n")[0], StringComparison.Ordinal);
        await RestartAsync();
        var gaps = await GapsAsync("downtime");
        Assert.Equal([false, true], gaps.Select(gap => gap.GetProperty("clean_stop").GetBoolean()));
        var (killed, stopped) = (gaps[0].GetProperty("period"), gaps[1].GetProperty("period"));
        // The last beat is at most ten seconds older than the kill; a stop says its own moment.
        Assert.True(Nanos(killed, "start") <= beforeKill && Nanos(killed, "start") + (11 * TestTime.Second) > beforeKill && Nanos(killed, "end") > beforeKill, killed.GetRawText());
        Assert.True(Nanos(killed, "end") <= beforeStop && Nanos(stopped, "start") >= beforeStop && Nanos(stopped, "end") <= TestTime.Now(), stopped.GetRawText());
        await AssertVerifiedAsync();
    }

    [Fact]
    public async Task Trace_receipts_beyond_fifty_a_second_are_counted_also_when_a_kill_comes_between()
    {
        using var sender = new OtlpSender();
        var start = TestTime.HouseHour;
        await sender.SendAsync(_engine.OtlpHttp, OtlpSender.TracesPath, writer => writer.Traces(new OtlpGroup<OtlpSpan>(s_resource, [.. Enumerable.Range(1, 64).Select(i => new OtlpSpan
        {
            TraceId = [.. new byte[15], (byte)i],
            SpanId = [.. new byte[7], 1],
            Name = "settle",
            Start = start,
            End = start + (6 * TestTime.Second),
            StatusCode = i > 60 ? 2 : 0,
        })])));
        await SealAsync();
        await _engine.KillAsync();
        await RestartAsync();
        await SealAsync();
        var traces = (await ProgramRun.OfVmObsAsync(_engine.Url, "query", "--type", "trace_complete", "--limit", "1000", "--output", "json")).Succeeded().JsonLines();
        Assert.Equal(50, traces.Count);
        Assert.Equal(4, traces.Count(trace => trace.GetProperty("status").ValueEquals("error")));
        Assert.Equal(["dropped traces receipt_limit engine: 14 records, 0 requests"], Sums(await GapsAsync("records")));
        await AssertVerifiedAsync();
    }

    [Fact]
    public async Task A_journal_without_its_last_records_is_not_taken_for_a_whole_one()
    {
        await _sender.SendLogsAsync(_engine, "acknowledged", TestTime.Now());
        Assert.Equal(0, await _engine.TerminateAsync(TimeSpan.FromSeconds(10)));
        Directory.Delete(Path.Combine(_folder.Path, "journal"), recursive: true);
        var run = await ProgramRun.OfVmObsAsync("serve", "--data", _folder.Path, "--listen", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0");
        Assert.Equal(1, run.ExitCode);
        Assert.Matches("HEAD.observability.txt: found a journal that ends at position 0 .*, expected it to reach position [1-9]", run.Errors);
    }

    private async Task RestartAsync()
    {
        await _engine.DisposeAsync();
        _engine = await EngineProcess.StartAsync(_folder.Path);
    }

    private async Task SealAsync() => (await ProgramRun.OfVmObsAsync(_engine.Url, "seal")).Succeeded();

    /// <summary>Returns once the engine has given a sign of life that is later than now.</summary>
    private Task AfterBeatAsync()
    {
        var now = TestTime.Now();
        return Eventually.TrueAsync("a sign of life", s_patience, () => ulong.Parse(File.ReadAllLines(HeadPath)[3], System.Globalization.CultureInfo.InvariantCulture) > now);
    }

    private async Task<List<JsonElement>> GapsAsync(string reason) =>
    [
        .. (await ProgramRun.OfVmObsAsync(_engine.Url, "query", "--type", "gap", "--limit", "1000", "--output", "json")).Succeeded().JsonLines()
            .Where(gap => gap.GetProperty("reason").ValueEquals(reason)),
    ];

    // An hour may end while the test runs: what counts is what all receipts come to.
    private static IEnumerable<string> Sums(IEnumerable<JsonElement> gaps) =>
        from gap in gaps
        from source in gap.GetProperty("sources").EnumerateArray()
        from kind in new[] { "refused", "late", "dropped" }
        from signal in source.GetProperty(kind).EnumerateObject()
        from reason in signal.Value.EnumerateObject()
        group reason.Value by $"{kind} {signal.Name} {reason.Name} {source.GetProperty("source").GetString()}" into sum
        orderby sum.Key
        select $"{sum.Key}: {sum.Sum(count => count.GetProperty("records").GetInt64())} records, {sum.Sum(count => count.GetProperty("requests").GetInt64())} requests";

    private static ulong Nanos(JsonElement period, string member) =>
        (ulong)(DateTimeOffset.Parse(period.GetProperty(member).GetString()!, System.Globalization.CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).Ticks * 100;

    private async Task AssertVerifiedAsync()
    {
        (await ProgramRun.OfVmObsAsync("verify", "--data", _folder.Path)).Succeeded(_engine.Output);
        Assert.Equal(0, await _engine.TerminateAsync(TimeSpan.FromSeconds(10)));
        (await ProgramRun.OfVmObsAsync("verify", "--data", _folder.Path)).Succeeded(_engine.Output);
        (await ProgramRun.OfAsync("dotnet", [Programs.VmObsVerify, _folder.Path])).Succeeded();
    }
}
