using System.IO.Compression;
using System.Text.Json;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Storage.Hours;

namespace VmObs.ProcessTests.House;

/// <summary>The way of the data from the first byte to the proof: sent, killed, started again, sealed, read by others, verified, asked for.</summary>
public sealed class HouseTests(SealedHouse house) : IClassFixture<SealedHouse>
{
    private static readonly string[] s_hour = ["--from", "2025-12-06T13:00:00Z", "--to", "2025-12-06T14:00:00Z", "--output", "json"];

    [Fact]
    public void The_sealed_log_file_holds_exactly_the_lines_that_were_sent()
    {
        using var file = new StreamReader(new GZipStream(File.OpenRead(house.PathOf(SealedHouse.LogFile)), CompressionMode.Decompress));
        var lines = file.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).ToList();
        var found = lines.Select(line => (Service: line.GetProperty("service").GetString()!, Message: line.GetProperty("message").GetString()!));
        var sent = Enumerable.Range(0, HouseTelemetry.Lines).Select(line => (Service: HouseTelemetry.Service(line), Message: HouseTelemetry.Message(line)));
        Assert.Equal(sent.CountBy(line => line).OrderBy(line => line.Key).ToList(), found.CountBy(line => line).OrderBy(line => line.Key).ToList());
    }

    [Fact]
    public async Task Zcat_reads_the_sealed_log_file()
    {
        var run = (await ProgramRun.OfAsync("zcat", [house.PathOf(SealedHouse.LogFile)])).Succeeded();
        Assert.Equal(HouseTelemetry.Lines, run.Output.Count(c => c == '\n'));
        Assert.Empty(run.Errors);
    }

    [Theory]
    [InlineData("log_batch", SealedHouse.LogFile)]
    [InlineData("metric_snapshot", SealedHouse.MetricFile)]
    [InlineData("trace_batch", SealedHouse.TraceFile)]
    public async Task The_receipt_carries_the_hash_that_b3sum_computes(string type, string file)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/b3sum"), "b3sum is not installed (Debian package b3sum)");
        var hash = (await ProgramRun.OfAsync("b3sum", ["--no-names", house.PathOf(file)])).Succeeded().Output.Trim();
        var receipt = await ReceiptAsync(type);
        Assert.Equal(file, receipt.GetProperty("storage_path").GetString());
        Assert.Equal($"blake3:{hash}", receipt.GetProperty("content_hash").GetString());
    }

    [Fact]
    public void Duckdb_reads_all_three_files()
    {
        Assert.Equal([[(long)HouseTelemetry.Lines]], DuckDb.Query($"SELECT count(*) FROM read_json('{house.PathOf(SealedHouse.LogFile)}', format = 'newline_delimited')"));
        Assert.Equal(
            [["cpu_percent", (long)HouseTelemetry.SamplesAMetric], ["receipts_emitted_total", (long)HouseTelemetry.SamplesAMetric], ["target_info", 1L]],
            DuckDb.Query($"SELECT name, count(*) FROM '{house.PathOf(SealedHouse.MetricFile)}' WHERE node = 'brick-01' GROUP BY name ORDER BY name"));
        Assert.Equal(
            [["portal", 1L], ["treasury", 2L]],
            DuckDb.Query($"SELECT service, count(*) FROM '{house.PathOf(SealedHouse.TraceFile)}' WHERE trace_id = '{HouseTelemetry.TraceId}' GROUP BY service ORDER BY service"));
    }

    [Fact]
    public async Task The_log_receipt_counts_lines_by_level()
    {
        var counts = (await ReceiptAsync("log_batch")).GetProperty("log_counts").EnumerateObject().ToDictionary(level => level.Name, level => level.Value.GetInt32());
        Assert.Equal(HouseTelemetry.CountsByLevel.OrderBy(level => level.Key), counts.OrderBy(level => level.Key));
    }

    [Fact]
    public async Task The_metric_receipt_has_its_aggregates()
    {
        var receipt = await ReceiptAsync("metric_snapshot");
        Assert.Equal((2 * HouseTelemetry.SamplesAMetric) + 1, receipt.GetProperty("metrics_collected").GetInt32());
        Assert.Equal(79, receipt.GetProperty("aggregates").GetProperty("max_cpu_percent").GetDouble());
        Assert.Equal(3 * (HouseTelemetry.SamplesAMetric - 1), receipt.GetProperty("aggregates").GetProperty("total_receipts_emitted").GetDouble());
    }

    [Fact]
    public async Task A_trace_of_a_sensitive_service_has_a_receipt()
    {
        var receipt = await ReceiptAsync("trace_complete");
        Assert.Equal(HouseTelemetry.TraceId, receipt.GetProperty("trace_id").GetString());
        Assert.Equal(HouseTelemetry.Spans, receipt.GetProperty("span_count").GetInt32());
        Assert.Equal(2340, receipt.GetProperty("duration_ms").GetDouble());
    }

    [Fact]
    public async Task Logs_search_finds_the_one_line()
    {
        var found = (await AskAsync(["logs", "search", "anchor failed", .. s_hour])).JsonLines();
        Assert.Equal(HouseTelemetry.RareMessage, Assert.Single(found).GetProperty("message").GetString());
    }

    [Fact]
    public async Task Logs_query_filters_by_service_and_level()
    {
        var found = (await AskAsync(["logs", "query", "--service", "treasury", "--level", "error", "--limit", "1000", .. s_hour])).JsonLines();
        // Every 100th line is an error, and each of those is a multiple of 4.
        Assert.Equal(HouseTelemetry.Lines / 100, found.Count);
        Assert.All(found, line => Assert.Equal(("treasury", "error"), (line.GetProperty("service").GetString(), line.GetProperty("level").GetString())));
    }

    [Fact]
    public async Task Metrics_query_returns_every_sample()
    {
        var found = (await AskAsync(["metrics", "query", "--node", "brick-01", "--metric", "cpu_percent", .. s_hour])).JsonLines();
        Assert.Equal(
            Enumerable.Range(0, HouseTelemetry.SamplesAMetric).Select(i => 20.0 + (i % 60)), found.Select(sample => sample.GetProperty("value").GetDouble()));
    }

    [Fact]
    public async Task Trace_show_returns_the_trace()
    {
        var trace = Assert.Single((await AskAsync(["trace", "show", HouseTelemetry.TraceId, "--output", "json"])).JsonLines());
        Assert.Equal(
            ["http_request", "validate_settlement", "settle"], trace.GetProperty("spans").EnumerateArray().Select(span => span.GetProperty("name").GetString()!));
    }

    [Fact]
    public async Task Verify_finds_nothing_in_the_folder_of_a_running_engine() =>
        (await ProgramRun.OfVmObsAsync("verify", "--data", house.Engine.DataFolder, "--journal")).Succeeded();

    [Fact]
    public async Task Verify_finds_nothing_in_an_untouched_copy()
    {
        var copy = house.Copy();
        (await ProgramRun.OfVmObsAsync("verify", "--data", copy)).Succeeded();
        (await ProgramRun.OfAsync("dotnet", [Programs.VmObsVerify, copy])).Succeeded();
    }

    [Theory]
    [InlineData(SealedHouse.LogFile)]
    [InlineData(SealedHouse.MetricFile)]
    [InlineData(SealedHouse.TraceFile)]
    [InlineData(SealedHouse.Scroll)]
    [InlineData(SealedHouse.Root)]
    public async Task A_flipped_bit_fails_verification_by_name(string file)
    {
        var copy = house.Copy();
        FlipInTheMiddle(Path.Combine(copy, file));
        AssertNamed(await ProgramRun.OfVmObsAsync("verify", "--data", copy), file);
        AssertNamed(await ProgramRun.OfAsync("dotnet", [Programs.VmObsVerify, copy]), file);
    }

    private static void AssertNamed(ProgramRun run, string file)
    {
        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains(Path.GetFileName(file), run.Output + run.Errors, StringComparison.Ordinal);
    }

    private static void FlipInTheMiddle(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private async Task<JsonElement> ReceiptAsync(string type) => Assert.Single((await AskAsync(
        ["query", "--type", type, "--from", "2025-12-06T13:00:00Z", "--to", "2025-12-06T14:00:01Z", "--output", "json"])).JsonLines());

    private async Task<ProgramRun> AskAsync(string[] arguments) =>
        (await ProgramRun.OfVmObsAsync(house.Engine.Url, arguments)).Succeeded($"the engine {(house.Engine.HasEnded ? "ended" : "runs")}; it printed:\n{house.Engine.Output}");
}
