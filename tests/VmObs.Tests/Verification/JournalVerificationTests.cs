using VmObs.Signals.Traces;
using VmObs.Storage.Embedded;
using VmObs.Tests.Storage.Retention;
using VmObs.Tests.Support;
using VmObs.Verification;
using static VmObs.Tests.Storage.Sampling.SamplingRulesTests;

namespace VmObs.Tests.Verification;

public sealed class JournalVerificationTests
{
    private static readonly Dictionary<string, (Action<TamperedFolder.Hour> Tamper, string[] Parts)> s_tampered = new()
    {
        ["line dropped"] = (static hour => hour.Lines.Remove(3), ["hour-14.jsonl.gz: found no log:guardian:2025-12-06T13:00:03.000Z, expected the one that journal position 1 brought: it was dropped"]),
        ["line added"] = (static hour => hour.Lines[8] = "forged", ["hour-14.jsonl.gz: found log:guardian:2025-12-06T13:00:08.000Z, expected none: no record of the journal from position 1 to 1 brought it"]),
        ["line changed"] = (static hour => hour.Lines[3] = "line 3, corrected", ["hour-14.jsonl.gz: found another log:guardian:2025-12-06T13:00:03.000Z, expected the one that journal position 1 brought: it was changed"]),
        ["sample dropped"] = (static hour => hour.Samples.Remove(5), ["hour-14.parquet: found no sample of __name__=cpu_percent", "at 2025-12-06T13:00:05.000Z, expected the one that journal position 2 brought: it was dropped"]),
        ["sample added"] = (static hour => hour.Samples[8] = 99, ["hour-14.parquet: found sample of __name__=cpu_percent", "at 2025-12-06T13:00:08.000Z, expected none"]),
        ["sample changed"] = (static hour => hour.Samples[5] = 5.000000000000001, ["hour-14.parquet: found another sample of __name__=cpu_percent", "at 2025-12-06T13:00:05.000Z, expected the one that journal position 2 brought: it was changed"]),
        ["trace dropped"] = (static hour => hour.Spans.RemoveAll(static span => span.Trace == 4), ["hour-14.parquet: found no trace 00000000000000090000000000000004 decision 4, expected the one that journal position 4 brought: it was dropped"]),
        ["trace added"] = (static hour => hour.Spans.Add((99, 1)), ["hour-14.parquet: found trace 00000000000000090000000000000063 decision 4, expected none"]),
        ["span dropped"] = (static hour => hour.Spans.Remove((4, 2)), ["hour-14.parquet: found another trace 00000000000000090000000000000004 decision 4, expected the one that journal position 4 brought: it was changed"]),
        ["span added"] = (static hour => hour.Spans.Add((4, 3)), ["hour-14.parquet: found another trace 00000000000000090000000000000004 decision 4"]),
    };

    [Fact]
    public async Task What_came_late_was_refused_or_sampled_out_is_no_finding_open_or_closed()
    {
        await using var engine = await LivedAsync();
        var live = Run(engine);
        Assert.Empty(live.Findings);
        Assert.Equal((1, 0, 0), (live.Journal!.KeptFrom, live.Journal.ComparedInPart, live.Journal.NotCompared));
        Assert.True(live.Journal.Compared >= 9, $"{live.Journal.Compared} files");
        Assert.Equal(3, live.Journal.Open);
        await engine.CloseAsync();
        Assert.Equivalent(live.Journal, Run(engine).Journal);
    }

    [Fact]
    public async Task However_little_is_kept_of_the_journal_nothing_is_found()
    {
        await using var engine = await LivedAsync();
        await engine.CloseAsync();
        var segments = Segments(engine);
        Assert.True(segments.Count > 5, $"{segments.Count} segments");
        var notCompared = 0;
        foreach (var segment in segments.SkipLast(1))
        {
            File.Delete(segment);
            var report = Run(engine);
            Assert.Empty(report.Findings);
            Assert.True(report.Journal!.NotCompared >= notCompared, segment);
            notCompared = report.Journal.NotCompared;
        }
        Assert.NotEqual(0, notCompared);
    }

    [Fact]
    public async Task What_expired_is_not_looked_for()
    {
        await using var engine = await RetainedHour.SealedAsync();
        Assert.Empty(Run(engine).Findings);
        foreach (var days in new[] { 8, 38, 100, 403 })
        {
            engine.Time.Advance(TimeSpan.FromDays(days));
            await RetainedHour.ExpireAsync(engine);
            Assert.Empty(Run(engine).Findings);
        }
        Assert.NotEqual(0, Run(engine).Journal!.NotCompared);
    }

    [Fact]
    public async Task A_segment_that_is_missing_changed_or_cut_is_found()
    {
        await using var engine = await LivedAsync();
        await engine.CloseAsync();
        var segments = Segments(engine);
        var middle = segments[segments.Count / 2];
        var good = File.ReadAllBytes(middle);
        File.Delete(middle);
        AssertFound(engine, $"journal/{Path.GetFileName(segments[(segments.Count / 2) - 1])}: at byte");
        for (var at = 0; at < good.Length; at += 101)
        {
            var bad = good.ToArray();
            bad[at] ^= 16;
            File.WriteAllBytes(middle, bad);
            AssertFound(engine, "journal");
        }
        File.WriteAllBytes(middle, good);
        Assert.Empty(Run(engine).Findings);
        File.WriteAllBytes(segments[^1], File.ReadAllBytes(segments[^1])[..^5]);
        AssertFound(engine, "journal: found its end at position");
    }

    [Fact]
    public async Task A_journal_that_is_another_than_receipts_and_head_say_is_found()
    {
        await using var engine = await TamperedFolder.AlteredAsync(static _ => { });
        await using var other = await TamperedFolder.AlteredAsync(static hour => hour.Lines[3] = "another");
        await engine.CloseAsync();
        await other.CloseAsync();
        Directory.Delete(engine.PathOf("journal"), recursive: true);
        Directory.Move(other.PathOf("journal"), engine.PathOf("journal"));
        var findings = Run(engine).Findings;
        Assert.Contains(findings, static finding => finding.StartsWith("receipt seq", StringComparison.Ordinal) && finding.Contains("as the kept segments have it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_honest_seal_of_the_same_records_has_no_findings()
    {
        await using var folder = await TamperedFolder.SealedAsync(static _ => { });
        Assert.Empty(Run(folder).Findings);
        Assert.Equal(3, Run(folder).Journal!.Compared);
    }

    public static TheoryData<string> Tampered => [.. s_tampered.Keys];

    [Theory]
    [MemberData(nameof(Tampered))]
    public async Task What_was_tampered_with_before_it_was_sealed_and_signed_is_named(string what)
    {
        var (tamper, parts) = s_tampered[what];
        await using var folder = await TamperedFolder.SealedAsync(tamper);
        // Receipts, files, ROOT: all of it is in order.
        Assert.Empty(DataFolderVerifier.Run(folder.Folder, folder.Key, VerificationDepth.Records).Findings);
        var finding = Assert.Single(Run(folder).Findings);
        Assert.All(parts, part => Assert.Contains(part, finding, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_hour_in_which_all_is_others_is_a_bounded_number_of_findings()
    {
        await using var folder = await TamperedFolder.SealedAsync(static hour =>
        {
            for (var second = 0; second < 200; second++)
                hour.Lines[second] = $"forged {second}";
        });
        var findings = Run(folder).Findings;
        Assert.InRange(findings.Count, 2, 21);
        Assert.Contains("more records that differ", findings[^1], StringComparison.Ordinal);
    }

    private static VerificationReport Run(EngineFolder engine) => DataFolderVerifier.Run(engine.Folder, engine.Key, VerificationDepth.Journal);

    private static void AssertFound(EngineFolder engine, string start) =>
        Assert.Contains(Run(engine).Findings, finding => finding.StartsWith(start, StringComparison.Ordinal));

    private static List<string> Segments(EngineFolder engine) =>
        [.. Directory.GetFiles(engine.PathOf("journal"), "*.journal").Order(StringComparer.Ordinal)];

    /// <summary>Hours of all signals, with starts between, late batches, refused records, traces in parts and sampled out, samples with details.</summary>
    private static async Task<EngineFolder> LivedAsync()
    {
        var engine = new EngineFolder { SignsHead = true, Options = new StoreOptions("") { JournalSegmentBytes = 4096 }, Sampling = [Rule("half", "status == 'ok'", 0.5)] };
        await engine.ReopenAsync();
        ulong trace = 0;
        for (var hour = 0; hour < 3; hour++)
        {
            for (var i = 0; i < 20; i++)
            {
                var at = (hour * 3600) + (i * 90);
                await engine.LogsAsync(Samples.Log(at, $"line {i}", severity: 1 + i), Samples.Log(at, "twin", resource: Samples.Portal), Samples.Log(1_000_000, "too far ahead"));
                await engine.LogsAsync(Samples.Log(at, "twin", resource: Samples.Portal));
                await engine.MetricsAsync(Samples.Gauge("cpu_percent", (at, i * 0.37), (at, i), (at - 1, double.NaN)), Samples.GaugeWithExemplar("memory_percent", at, 50));
                await engine.TracesAsync(Samples.Span(new TraceId(7, ++trace), 1, 0, at, 1, failed: i % 5 == 0), Samples.Span(new TraceId(7, trace), 2, 1, at, 0.5, resource: Samples.Portal));
                engine.Time.Advance(TimeSpan.FromSeconds(20));
                await engine.Store.SpillAsync();
                if (i % 7 == 6)
                    await engine.ReopenAsync();
                // What comes after the decision is a part of its own.
                await engine.TracesAsync(Samples.Span(new TraceId(7, trace), 3, 1, at, 0.5));
            }
            engine.Time.Advance(TimeSpan.FromHours(1));
            await engine.SealAsync();
            await engine.LogsAsync(Samples.Log(hour * 3600, "late"));
            await engine.MetricsAsync(Samples.Gauge("cpu_percent", (hour * 3600, 1)));
            await engine.SealAsync();
        }
        await engine.LogsAsync(Samples.Log(4 * 3600, "open"));
        await engine.MetricsAsync(Samples.Gauge("cpu_percent", (4 * 3600, 1)));
        await engine.TracesAsync(Samples.Span(new TraceId(8, 1), 1, 0, 4 * 3600, 1));
        await engine.Heartbeat.BeatAsync(() => engine.Store.Journal, TestContext.Current.CancellationToken);
        return engine;
    }
}
