using VmObs.Ledger.Checkpoints;
using VmObs.Receipts;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Tests.Support;
using VmObs.Verification;

namespace VmObs.Tests.Verification;

public sealed class DataFolderVerifierTests
{
    [Fact]
    public async Task An_untouched_folder_has_no_findings_open_or_closed()
    {
        await using var engine = await FilledAsync();
        AssertClean(engine, receipts: 5, files: 3);
        await engine.LogsAsync(Samples.Log(3, "late"));
        await engine.SealAsync();
        await engine.LogsAsync(Samples.Log(4000, "the next hour, open"));
        AssertClean(engine, receipts: 6, files: 4);
        await engine.CloseAsync();
        AssertClean(engine, receipts: 6, files: 4);
    }

    [Theory]
    [InlineData("telemetry/logs/2025-12-06/hour-14.jsonl.gz")]
    [InlineData("telemetry/metrics/2025-12-06/hour-14.parquet")]
    [InlineData("telemetry/traces/2025-12-06/hour-14.parquet")]
    [InlineData("receipts/observability/observability_events.jsonl")]
    [InlineData("ROOT.observability.txt")]
    public async Task A_flipped_byte_anywhere_is_found_and_its_file_named(string file)
    {
        await using var engine = await FilledAsync();
        await engine.CloseAsync();
        var path = engine.PathOf(file);
        var good = File.ReadAllBytes(path);
        var random = new Random(20251206);
        var name = Path.GetFileNameWithoutExtension(file).Split('.')[0];
        for (var i = 0; i < 40; i++)
        {
            var bad = good.ToArray();
            var at = random.Next(bad.Length);
            bad[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, bad);
            var findings = Run(engine).Findings;
            Assert.True(findings.Any(finding => finding.Contains(name, StringComparison.Ordinal)), $"byte {at} of {file}: {string.Join("; ", findings)}");
        }
        File.WriteAllBytes(path, good);
        Assert.Empty(Run(engine).Findings);
    }

    [Fact]
    public async Task Missing_added_and_exchanged_files_are_found()
    {
        await using var engine = await FilledAsync();
        await engine.CloseAsync();
        var logs = engine.PathOf("telemetry/logs/2025-12-06/hour-14.jsonl.gz");
        File.Copy(logs, engine.PathOf("telemetry/logs/2025-12-06/hour-13.jsonl.gz"));
        File.WriteAllText(engine.PathOf("telemetry/logs/2025-12-06/notes.txt"), "not ours");
        Assert.Contains("hour-13.jsonl.gz: found a sealed file, expected a receipt", Assert.Single(Run(engine).Findings), StringComparison.Ordinal);
        File.Move(engine.PathOf("telemetry/logs/2025-12-06/hour-13.jsonl.gz"), engine.PathOf("elsewhere"));
        File.Delete(logs);
        Assert.Contains("hour-14.jsonl.gz: found no readable file", Assert.Single(Run(engine).Findings), StringComparison.Ordinal);
        File.Copy(engine.PathOf("telemetry/traces/2025-12-06/hour-14.parquet"), engine.PathOf("telemetry/metrics/2025-12-06/hour-14.parquet"), overwrite: true);
        Assert.Contains(Run(engine).Findings, finding => finding.StartsWith("telemetry/metrics/2025-12-06/hour-14.parquet: found content_hash", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Damage_is_placed_inside_its_file_in_the_order_of_the_receipts_at_any_depth()
    {
        await using var engine = await FilledAsync();
        await engine.CloseAsync();
        string[] files = ["telemetry/logs/2025-12-06/hour-14.jsonl.gz", "telemetry/metrics/2025-12-06/hour-14.parquet"];
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(engine.PathOf(file));
            bytes[bytes.Length / 3] ^= 1;
            File.WriteAllBytes(engine.PathOf(file), bytes);
        }
        var scroll = File.ReadAllText(engine.PathOf("receipts/observability/observability_events.jsonl"));
        foreach (var depth in Enum.GetValues<VerificationDepth>())
        {
            var findings = DataFolderVerifier.Run(engine.Folder, engine.Key, depth).Findings;
            Assert.Equal(files.OrderBy(file => scroll.IndexOf($"\"storage_path\":\"{file}\"", StringComparison.Ordinal)), findings.Select(static finding => finding[..finding.IndexOf(':', StringComparison.Ordinal)]));
            Assert.Contains(findings, static finding => finding.Contains(": block at byte ", StringComparison.Ordinal));
            Assert.True(findings.Any(static finding => finding.Contains("expected column value of row group 0", StringComparison.Ordinal)), string.Join("\n", findings));
        }
    }

    [Fact]
    public async Task A_path_in_a_receipt_that_is_no_text_is_named_at_its_line()
    {
        await using var engine = await FilledAsync();
        await engine.CloseAsync();
        var path = engine.PathOf("receipts/observability/observability_events.jsonl");
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.AsSpan().IndexOf("telemetry/"u8)] |= 0x80;
        File.WriteAllBytes(path, bytes);
        Assert.Contains(Run(engine).Findings, static finding => finding.StartsWith("observability_events.jsonl, line 1 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_receipt_says_of_records_is_compared_where_records_are_read()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(1, "one"), Samples.Log(2, "two"));
        var hour = Assert.Single(await engine.SealAsync());
        using var folder = new TemporaryFolder();
        await using (var ledger = ObservabilityLedger.Open(new LedgerOptions(folder.Path), DiskFolder.Posix, TimeProvider.System))
            await ledger.HourSealedAsync(hour with { Logs = hour.Logs! with { Services = ["another"] } }, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder.Path, hour.StoragePath))!);
        File.Copy(engine.PathOf(hour.StoragePath), Path.Combine(folder.Path, hour.StoragePath));
        var key = NoteKey.Parse(File.ReadAllText(Path.Combine(folder.Path, SigningKey.PublicFile)).Trim());
        // The bytes are those that were sealed.
        Assert.Empty(DataFolderVerifier.Run(folder.Path, key, VerificationDepth.Bytes).Findings);
        Assert.Contains("hour-14.jsonl.gz: found services_reporting guardian in the file, expected another", Assert.Single(DataFolderVerifier.Run(folder.Path, key, VerificationDepth.Records).Findings), StringComparison.Ordinal);
    }

    private static void AssertClean(EngineFolder engine, int receipts, int files)
    {
        var report = Run(engine);
        Assert.Empty(report.Findings);
        Assert.Equal((receipts, files), (report.Receipts, report.Files));
    }

    private static VerificationReport Run(EngineFolder engine) => DataFolderVerifier.Run(engine.Folder, engine.Key, VerificationDepth.Records);

    private static async Task<EngineFolder> FilledAsync()
    {
        var engine = await EngineFolder.OpenAsync();
        for (var i = 0; i < 20; i++)
        {
            await engine.LogsAsync(Samples.Log(i, $"line {i}", severity: 1 + i), Samples.Log(i, "portal", resource: Samples.Portal));
            await engine.MetricsAsync(Samples.Gauge("cpu_percent", (i, i * 0.37)), Samples.Gauge("memory_percent", (i, 50)));
            await engine.TracesAsync(Samples.Span(new TraceId(7, (ulong)i + 1), 1, 0, i, 1, failed: i < 2), Samples.Span(new TraceId(7, (ulong)i + 1), 2, 1, i, 0.5, resource: Samples.Portal));
        }
        Assert.Equal(3, (await engine.SealAsync()).Count);
        return engine;
    }
}
