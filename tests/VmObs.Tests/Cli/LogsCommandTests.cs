using VmObs.Cli;
using VmObs.Cli.Output;
using VmObs.Tests.Support;

namespace VmObs.Tests.Cli;

public sealed class LogsCommandTests
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task A_count_is_one_number_or_one_a_group()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(1, "a"), Samples.Log(2, "b", 17), Samples.Log(3, "c", 17, Samples.Portal));
        Assert.Equal(["COUNT", "2"], await RowsAsync(front, "query", "--level", "error", "--last", "2h", "--count"));
        Assert.Equal(["LEVEL  COUNT", "error  2", "info   1"], await RowsAsync(front, "query", "--last", "2h", "--count", "--by", "level"));
        Assert.Equal(["""{"service":"guardian","count":2}""", """{"service":"portal","count":1}"""], await RowsAsync(front, "query", "--last", "2h", "--count", "--by", "service", "-o", "json"));
        Assert.Equal(["COUNT", "1"], await RowsAsync(front, "search", "B", "--last", "2h", "--count"));
    }

    [Fact]
    public async Task Context_is_lines_of_the_same_stream_in_groups_and_overlapping_ones_are_one()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(
            [.. Enumerable.Range(0, 30).Select(i => Samples.Log(i, i is 5 or 7 or 20 ? $"failed {i}" : $"line {i}")), .. Enumerable.Range(0, 30).Select(i => Samples.Log(i, "elsewhere", resource: Samples.Portal))]);
        await front.Engine.SealAsync();
        var messages = (await RowsAsync(front, "search", "failed", "--last", "2h", "--context", "2")).Select(row => row.Split("  ", StringSplitOptions.RemoveEmptyEntries)[^1].Trim()).ToList();
        Assert.Equal(
            ["ATTRIBUTES", "line 18", "line 19", "failed 20", "line 21", "line 22", "--", "line 3", "line 4", "failed 5", "line 6", "failed 7", "line 8", "line 9"], messages);
        var documents = await RowsAsync(front, "search", "failed", "--last", "2h", "--context", "2", "-o", "json");
        Assert.Equal(12, documents.Length);
        Assert.All(documents, static document => Assert.StartsWith(document.Contains("failed", StringComparison.Ordinal) ? "{\"match\":true,\"log_id\":" : "{\"match\":false,\"log_id\":", document, StringComparison.Ordinal));
        var rows = await RowsAsync(front, "search", "failed", "--last", "2h", "--context", "2", "-o", "csv");
        Assert.EndsWith(",match", rows[0], StringComparison.Ordinal);
        Assert.Equal([",false", ",false", ",true", ",false"], rows[1..5].Select(static row => row[row.LastIndexOf(',')..]));
    }

    [Fact]
    public async Task The_last_lines_are_shown_oldest_first_whenever_they_came()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync([.. Enumerable.Range(0, 20).Select(i => Samples.Log(i, $"line {i}")), Samples.Log(50, "elsewhere", resource: Samples.Portal)]);
        front.Engine.Time.Advance(TimeSpan.FromDays(3));
        var rows = await RowsAsync(front, "tail", "--node", "brick-01", "--lines", "2", "-o", "json");
        Assert.Equal(2, rows.Length);
        Assert.Contains("line 18", rows[0], StringComparison.Ordinal);
        Assert.Contains("line 19", rows[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fields_stand_in_the_table_wherever_the_document_has_them()
    {
        await using var front = await EngineFront.StartAsync();
        using var content = new StringContent("""{"timestamp":"2025-12-06T13:00:01Z","message":"m","service":"s","node":"n","trace_id":"abc","http":{"status":500},"user.id":7}""");
        content.Headers.ContentType = new("application/json");
        using var answer = await front.Main.PostAsync("/obs/ingest/logs", content, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        var rows = await RowsAsync(front, "query", "--last", "2h", "--fields", "user.id,http.status,trace_id,none");
        Assert.Equal(["TIME", "LEVEL", "SERVICE", "NODE", "MESSAGE", "USER.ID", "HTTP.STATUS", "TRACE_ID", "NONE"], rows[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.EndsWith("7        500          abc", rows[1], StringComparison.Ordinal);
        var all = await RowsAsync(front, "query", "--last", "2h");
        Assert.Contains("user.id=7", all[1], StringComparison.Ordinal);
        Assert.Contains("trace_id=abc", all[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--by: got it without --count", "query", "--by", "level")]
    [InlineData("--context: got \"2000\"", "query", "--context", "2000")]
    [InlineData("--lines: got \"-1\"", "tail", "--lines", "-1")]
    [InlineData("never be whole", "tail", "--follow", "-o", "parquet")]
    public async Task What_makes_no_sense_is_said(string want, params string[] arguments)
    {
        Assert.Equal(2, await CommandLine.RunAsync(["logs", .. arguments], new Terminal(_out, _error, static _ => null, IsPiped: true)));
        Assert.Contains(want, _error.ToString(), StringComparison.Ordinal);
    }

    private async Task<string[]> RowsAsync(EngineFront front, params string[] arguments)
    {
        _out.GetStringBuilder().Clear();
        var code = await CommandLine.RunAsync(
            ["logs", .. arguments], new Terminal(_out, _error, name => name == "VM_OBS_SERVER" ? front.Main.BaseAddress!.ToString() : null, IsPiped: true));
        Assert.True(code == 0, _error.ToString());
        return [.. _out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.TrimEnd())];
    }
}
