using VmObs.Folder;
using VmObs.Ledger.Checkpoints;
using VmObs.Receipts;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;
using VmObs.Verification;

namespace VmObs.Tests.Verification;

public sealed class FolderVerifierTests
{
    private const string Logs = "telemetry/logs/2025-12-06/hour-14.jsonl.gz";
    private const string Metrics = "telemetry/metrics/2025-12-06/hour-14.parquet";
    private const string Traces = "telemetry/traces/2025-12-06/hour-14.parquet";

    private readonly List<string> _findings = [];

    [Fact]
    public async Task A_good_folder_has_no_findings_open_hours_or_not()
    {
        await using var engine = await SealedAsync();
        await engine.LogsAsync(Samples.Log(4000, "in the next hour"));
        await engine.CloseAsync();
        var report = await VerifyAsync(engine);
        Assert.Empty(_findings);
        Assert.Equal(new FolderReport(Receipts: 4, SealedFiles: 3, OpenFiles: report.OpenFiles, Unsealed: 0, Findings: 0), report);
    }

    [Fact]
    public async Task A_live_engine_gives_no_false_alarm()
    {
        await using var engine = await SealedAsync();
        using var held = FolderLock.Take(engine.Folder);
        // Half a line, as a reader beside the writer may see it.
        var half = "{\"half\":"u8.ToArray();
        using (var file = new FileStream(engine.Ledger.FilePath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite))
            file.Write(half);
        await VerifyAsync(engine);
        Assert.Empty(_findings);
    }

    [Fact]
    public async Task Half_a_line_without_an_engine_is_a_finding()
    {
        await using var engine = await SealedAsync();
        await engine.CloseAsync();
        File.AppendAllText(engine.Ledger.FilePath, "{\"half\":");
        await VerifyAsync(engine);
        Assert.Contains("line 5", Assert.Single(_findings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Logs)]
    [InlineData(Metrics)]
    [InlineData(Traces)]
    public async Task A_flipped_bit_in_a_sealed_file_is_found(string path)
    {
        await using var engine = await SealedAsync();
        var bytes = File.ReadAllBytes(engine.PathOf(path));
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(engine.PathOf(path), bytes);
        await VerifyAsync(engine);
        Assert.Contains(_findings, finding => finding.StartsWith($"{path}: found content_hash blake3:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_of_another_hour_under_this_name_is_found_by_what_it_holds()
    {
        await using var engine = await SealedAsync();
        await engine.LogsAsync(Samples.Log(4000, "another hour", 17));
        engine.Time.Advance(TimeSpan.FromHours(1));
        Assert.Single(await engine.SealAsync());
        File.Copy(engine.PathOf("telemetry/logs/2025-12-06/hour-15.jsonl.gz"), engine.PathOf(Logs), overwrite: true);
        await VerifyAsync(engine);
        Assert.Contains(_findings, finding => finding.StartsWith($"{Logs}: found log_counts.error 1, expected 0", StringComparison.Ordinal));
        Assert.Contains(_findings, finding => finding.StartsWith($"{Logs}: found log_counts.info 0, expected 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Missing_and_unreceipted_files_are_found_and_others_files_ignored()
    {
        await using var engine = await SealedAsync();
        File.Move(engine.PathOf(Metrics), engine.PathOf("telemetry/metrics/2025-12-06/hour-13.parquet"));
        File.WriteAllText(engine.PathOf("telemetry/metrics/2025-12-06/notes.txt"), "not ours");
        await VerifyAsync(engine);
        Assert.Equal(2, _findings.Count);
        Assert.StartsWith($"{Metrics}: missing, expected the file of receipt line", _findings[0], StringComparison.Ordinal);
        Assert.StartsWith("telemetry/metrics/2025-12-06/hour-13.parquet: sealed but without a receipt", _findings[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_receipt_is_found_with_its_line()
    {
        await using var engine = await SealedAsync();
        await engine.CloseAsync();
        var text = File.ReadAllText(engine.Ledger.FilePath);
        File.WriteAllText(engine.Ledger.FilePath, text.Replace("\"info\":1", "\"info\":2", StringComparison.Ordinal));
        await VerifyAsync(engine);
        Assert.Contains(_findings, finding => finding.StartsWith("observability_events.jsonl, line ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_ROOT_behind_the_lines_is_a_finding_without_an_engine_only()
    {
        await using var engine = await EngineFolder.OpenAsync();
        var before = engine.Ledger.Root;
        await engine.LogsAsync(Samples.Log(10, "a"));
        await engine.SealAsync();
        await engine.CloseAsync();
        File.WriteAllBytes(engine.PathOf(ObservabilityLedger.RootFile), before);
        using (FolderLock.Take(engine.Folder))
        {
            await VerifyAsync(engine);
            Assert.Empty(_findings);
        }
        await VerifyAsync(engine);
        Assert.Contains("last 1 receipts", Assert.Single(_findings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_key_is_found()
    {
        await using var engine = await SealedAsync();
        await using var other = await EngineFolder.OpenAsync();
        var report = await new FolderVerifier(engine.Folder, other.Ledger.PublicKey, engine.Time, _findings.Add).RunAsync(TestContext.Current.CancellationToken);
        Assert.NotEqual(0, report.Findings);
        Assert.Contains(_findings, finding => finding.StartsWith("ROOT: found no signature of", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_significant_trace_must_be_a_leaf_of_its_hour()
    {
        await using var engine = await SealedAsync();
        // The same hour with another trace in it, sealed elsewhere, takes the place of this one's file.
        await using var other = await EngineFolder.OpenAsync();
        await other.TracesAsync(Samples.Span(new TraceId(7, 7), 1, 0, 10, 9));
        await other.SealAsync();
        File.Copy(other.PathOf(Traces), engine.PathOf(Traces), overwrite: true);
        await VerifyAsync(engine);
        Assert.Contains(_findings, finding => finding.Contains($"trace {new TraceId(1, 2)}", StringComparison.Ordinal) && finding.Contains("found in no trace file of", StringComparison.Ordinal));
    }

    private static async Task<EngineFolder> SealedAsync()
    {
        var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(10, "a"));
        await engine.MetricsAsync(Samples.Gauge("cpu_percent", (1, 2.5), (2, 3)));
        await engine.TracesAsync(Samples.Span(new TraceId(1, 2), 1, 0, 10, 9));
        Assert.Equal(3, (await engine.SealAsync()).Count);
        return engine;
    }

    private Task<FolderReport> VerifyAsync(EngineFolder engine) =>
        new FolderVerifier(engine.Folder, NoteKey.Parse(File.ReadAllText(engine.PathOf(SigningKey.PublicFile)).Trim()), engine.Time, _findings.Add)
            .RunAsync(TestContext.Current.CancellationToken);
}
