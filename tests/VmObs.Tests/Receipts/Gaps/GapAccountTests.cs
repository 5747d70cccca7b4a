using System.Net;
using System.Text;
using VmObs.Ledger.Receipts;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Verification;

namespace VmObs.Tests.Receipts.Gaps;

/// <summary>The clock begins at 2025-12-06T14:05:00Z.</summary>
public sealed class GapAccountTests
{
    [Fact]
    public async Task An_hour_with_gaps_gets_one_receipt_once_it_has_ended()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Refuse(Signal.Logs, "too_far_ahead", 3);
        folder.Refuse(Signal.Logs, "too_far_ahead", 2, new GapSource("loki", IPAddress.Loopback));
        folder.Refuse(Signal.Metrics, "malformed", 0);
        folder.Account.Add(GapKind.Late, Signal.Traces, "hour_sealed", GapFolder.Sender, new GapCount(7, 1));
        folder.Advance(54 * 60);
        await folder.BeatAsync();
        Assert.Empty(folder.Gaps());
        folder.Advance(60);
        await folder.BeatAsync();
        await folder.BeatAsync();
        var gap = Assert.Single(folder.Gaps());
        var expected = """
            {"type":"obs_gap","gap_id":"gap-2025-12-06-000","reason":"records","timestamp":"2025-12-06T15:00:00Z",
             "period":{"start":"2025-12-06T14:05:00Z","end":"2025-12-06T15:00:00Z"},
             "refused":{"metrics":{"malformed":{"records":0,"requests":1}},"logs":{"too_far_ahead":{"records":5,"requests":2}}},
             "late":{"traces":{"hour_sealed":{"records":7,"requests":1}}},
             "dropped":{},
             "sources":[
              {"source":"otlp-http 10.0.0.7","refused":{"metrics":{"malformed":{"records":0,"requests":1}},"logs":{"too_far_ahead":{"records":3,"requests":1}}},"late":{"traces":{"hour_sealed":{"records":7,"requests":1}}},"dropped":{}},
              {"source":"loki 127.0.0.1","refused":{"logs":{"too_far_ahead":{"records":2,"requests":1}}},"late":{},"dropped":{}}],
             "tags":["observability","gap","refused","late"],
             "seq":0,"sealed_at":"2025-12-06T15:00:00.000Z","idempotency_key":"gap:0","root_hash":"ROOT"}
            """;
        Assert.Equal(Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(expected.Replace("ROOT", gap.GetProperty("root_hash").GetString(), StringComparison.Ordinal)))), gap.GetRawText());
        Assert.Empty(DataFolderVerifier.Run(folder.Folder.Path, folder.Ledger.PublicKey, VerificationDepth.Records).Findings);
    }

    [Fact]
    public async Task An_hour_with_nothing_to_say_writes_nothing_and_does_not_begin_the_next_period()
    {
        await using var folder = await GapFolder.BegunAsync();
        for (var hour = 0; hour < 3; hour++)
        {
            folder.Advance(3600);
            await folder.BeatAsync();
        }
        Assert.Equal(0, folder.Ledger.Size);
        folder.Refuse(Signal.Logs, "busy", 1);
        folder.Advance(3600);
        await folder.BeatAsync();
        Assert.Equal("2025-12-06T17:00:00Z 2025-12-06T18:00:00Z", GapFolder.Period(Assert.Single(folder.Gaps())));
    }

    [Fact]
    public async Task What_is_counted_just_after_the_hour_belongs_to_the_next()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Refuse(Signal.Logs, "busy", 1);
        folder.Advance(55 * 60);
        folder.Refuse(Signal.Logs, "busy", 10);
        await folder.BeatAsync();
        folder.Advance(3600);
        await folder.BeatAsync();
        Assert.Equal([1L, 10L], folder.Gaps().Select(gap => GapFolder.Records(gap, "refused.logs.busy")));
        Assert.Equal(["2025-12-06T14:05:00Z 2025-12-06T15:00:00Z", "2025-12-06T15:00:00Z 2025-12-06T16:00:00Z"], folder.Gaps().Select(GapFolder.Period));
    }

    [Fact]
    public async Task Counts_of_the_last_beat_survive_a_kill_and_an_hour_that_ended_meanwhile_gets_its_receipt()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Refuse(Signal.Logs, "busy", 4);
        await folder.BeatAsync();
        folder.Refuse(Signal.Logs, "busy", 100);
        folder.Advance(3 * 3600);
        await folder.RestartAsync();
        var gap = Assert.Single(folder.Gaps());
        Assert.Equal(4, GapFolder.Records(gap, "refused.logs.busy"));
        Assert.Equal("2025-12-06T14:05:00Z 2025-12-06T15:00:00Z", GapFolder.Period(gap));
        Assert.Equal("2025-12-06T14:05:00Z 2025-12-06T17:05:00Z", GapFolder.Period(Assert.Single(folder.Gaps("downtime"))));
    }

    [Fact]
    public async Task A_seal_receipts_at_once_and_counting_goes_on_after_it()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Refuse(Signal.Logs, "busy", 1);
        folder.Advance(60);
        for (var time = 0; time < 2; time++)
            await folder.Account.ReceiptAllAsync(TestContext.Current.CancellationToken);
        folder.Refuse(Signal.Logs, "busy", 2);
        folder.Advance(3600);
        await folder.BeatAsync();
        Assert.Equal(["2025-12-06T14:05:00Z 2025-12-06T14:06:00Z", "2025-12-06T14:06:00Z 2025-12-06T15:00:00Z"], folder.Gaps().Select(GapFolder.Period));
        Assert.Equal([1L, 2L], folder.Gaps().Select(gap => GapFolder.Records(gap, "refused.logs.busy")));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_neither_repeats_a_period_nor_loses_counts()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Refuse(Signal.Logs, "busy", 1);
        folder.Advance(3600);
        await folder.BeatAsync();
        folder.Refuse(Signal.Logs, "busy", 2);
        folder.Folder.Time.Step(TimeSpan.FromHours(-2));
        folder.Refuse(Signal.Logs, "busy", 3);
        await folder.Account.ReceiptAllAsync(TestContext.Current.CancellationToken);
        folder.Refuse(Signal.Logs, "busy", 4);
        folder.Advance(3 * 3600);
        await folder.BeatAsync();
        Assert.Equal([1L, 5L, 4L], folder.Gaps().Select(gap => GapFolder.Records(gap, "refused.logs.busy")));
        Assert.Equal(
            ["2025-12-06T14:05:00Z 2025-12-06T15:00:00Z", "2025-12-06T15:00:00Z 2025-12-06T15:05:00Z", "2025-12-06T15:05:00Z 2025-12-06T16:00:00Z"],
            folder.Gaps().Select(GapFolder.Period));
    }

    // Every change on the disk fails once, with and without effect: nothing that a beat had saved is lost, and nothing is receipted twice.
    [Fact]
    public async Task A_crash_at_any_point_of_a_receipt_neither_loses_nor_repeats_counts()
    {
        for (var at = 0; ; at++)
        {
            foreach (var point in Enum.GetValues<FailurePoint>())
            {
                await using var folder = await GapFolder.BegunAsync();
                folder.Refuse(Signal.Logs, "busy", 5);
                await folder.BeatAsync();
                var disk = new FailingDisk(at, point);
                folder.Disk = disk;
                try
                {
                    await folder.OpenAsync();
                    folder.Advance(3600);
                    await folder.BeginAsync();
                    folder.Refuse(Signal.Logs, "busy", 7);
                    await folder.Account.ReceiptAllAsync(TestContext.Current.CancellationToken);
                }
                catch (IOException)
                {
                    // As it should: what stands on the disk now is looked at below.
                }
                folder.Disk = DiskFolder.Posix;
                await folder.RestartAsync();
                folder.Advance(3600);
                await folder.BeatAsync();
                var found = folder.Gaps().Select(gap => GapFolder.Records(gap, "refused.logs.busy")).ToList();
                Assert.True(found is [5] or [5, 7], $"change {at} {point}: {string.Join(", ", found)}");
                Assert.Empty(DataFolderVerifier.Run(folder.Folder.Path, folder.Ledger.PublicKey, VerificationDepth.Records).Findings);
                if (disk.HasFailed)
                    continue;
                Assert.Equal([5, 7], found);
                Assert.True(at > 10, "the disk was never asked");
                return;
            }
        }
    }

    [Fact]
    public async Task A_receipt_that_stands_before_the_state_after_it_is_not_written_again()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Refuse(Signal.Logs, "busy", 5);
        await folder.BeatAsync();
        var before = File.ReadAllBytes(folder.StatePath);
        await folder.Account.ReceiptAllAsync(TestContext.Current.CancellationToken);
        File.WriteAllBytes(folder.StatePath, before);
        await folder.RestartAsync();
        folder.Refuse(Signal.Logs, "busy", 1);
        await folder.Account.ReceiptAllAsync(TestContext.Current.CancellationToken);
        Assert.Equal([5L, 1L], folder.Gaps().Select(gap => GapFolder.Records(gap, "refused.logs.busy")));
    }

    [Fact]
    public async Task A_damaged_state_is_said_at_every_byte()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Refuse(Signal.Logs, "busy", 5);
        await folder.BeatAsync();
        await folder.DropAsync();
        var good = File.ReadAllBytes(folder.StatePath);
        await using var ledger = folder.Folder.Open();
        for (var at = 0; at <= good.Length; at++)
        {
            byte[] bad = at == good.Length ? good[..^5] : [.. good];
            if (at < good.Length)
                bad[at] ^= 1;
            File.WriteAllBytes(folder.StatePath, bad);
            var error = Assert.Throws<DamagedLedgerException>(() => GapAccount.Open(folder.Folder.Path, DiskFolder.Posix, ledger, folder.Folder.Time));
            Assert.StartsWith(folder.StatePath, error.Message, StringComparison.Ordinal);
        }
        Assert.Contains(DataFolderVerifier.Run(folder.Folder.Path, ledger.PublicKey, VerificationDepth.Records).Findings, finding => finding.StartsWith(GapState.RelativePath, StringComparison.Ordinal));
        File.WriteAllBytes(folder.StatePath, good);
        Assert.Empty(DataFolderVerifier.Run(folder.Folder.Path, ledger.PublicKey, VerificationDepth.Records).Findings);
        GapAccount.Open(folder.Folder.Path, DiskFolder.Posix, ledger, folder.Folder.Time).Dispose();
    }

    [Fact]
    public async Task Sources_stop_at_256_and_the_rest_is_summed()
    {
        await using var folder = await GapFolder.BegunAsync();
        for (var i = 0; i < GapPeriod.MaxSources + 50; i++)
            folder.Refuse(Signal.Logs, "busy", 1 + (i == 300 ? 1000 : 0), new GapSource("otlp-grpc", new IPAddress([10, 1, (byte)(i >> 8), (byte)i])));
        await folder.BeatAsync();
        await folder.RestartAsync();
        await folder.Account.ReceiptAllAsync(TestContext.Current.CancellationToken);
        var gap = Assert.Single(folder.Gaps());
        Assert.Equal(GapPeriod.MaxSources + 50 + 1000, GapFolder.Records(gap, "refused.logs.busy"));
        Assert.Equal(256, gap.GetProperty("sources").GetArrayLength());
        // The largest first.
        Assert.Equal("otlp-grpc 10.1.1.44", gap.GetProperty("sources")[0].GetProperty("source").GetString());
        Assert.Equal(GapPeriod.MaxSources, gap.GetProperty("sources_total").GetInt32());
        Assert.Equal(GapPeriod.MaxSources + 50 - 256, GapFolder.Records(gap.GetProperty("sources_rest"), "refused.logs.busy"));
        Assert.Empty(DataFolderVerifier.Run(folder.Folder.Path, folder.Ledger.PublicKey, VerificationDepth.Records).Findings);
    }

    [Fact]
    public async Task The_longest_receipt_fits_a_line()
    {
        await using var folder = await GapFolder.BegunAsync();
        string[] reasons = [.. Enum.GetValues<RefusalReason>().Select(reason => reason.Name()), "malformed", "unsupported", "busy", "disk", "failed", "broken_off"];
        for (var i = 0; i < 300; i++)
        {
            var source = new GapSource("remote_write", new IPAddress([.. Enumerable.Repeat((byte)0xfd, 14), (byte)(i >> 8), (byte)i]));
            foreach (var reason in reasons)
                foreach (var signal in Enum.GetValues<Signal>())
                    folder.Refuse(signal, reason, 1_000_000_000_000, source);
        }
        await folder.Account.ReceiptAllAsync(TestContext.Current.CancellationToken);
        Assert.InRange(Encoding.UTF8.GetByteCount(folder.Folder.Lines()[0]), 20_000, ReceiptScroll.MaxLineBytes);
        Assert.Equal(300, Assert.Single(folder.Gaps()).GetProperty("sources_total").GetInt32());
        Assert.Empty(DataFolderVerifier.Run(folder.Folder.Path, folder.Ledger.PublicKey, VerificationDepth.Records).Findings);
    }
}
