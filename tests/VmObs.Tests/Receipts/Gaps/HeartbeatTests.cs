using VmObs.Ledger.Checkpoints;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Storage.Disk;
using VmObs.Verification;

namespace VmObs.Tests.Receipts.Gaps;

/// <summary>The clock begins at 2025-12-06T14:05:00Z.</summary>
public sealed class HeartbeatTests
{
    [Fact]
    public async Task A_new_folder_has_a_head_before_any_data_and_no_downtime()
    {
        await using var folder = new GapFolder();
        await folder.OpenAsync();
        folder.Heartbeat.Prepare(folder.Journal);
        Assert.Equal(new JournalHead("example.org/scroll", 0, default, 1_765_029_900_000_000_000, Stopped: false), Head(folder));
        await folder.Heartbeat.BeginAsync(folder.Journal, TestContext.Current.CancellationToken);
        Assert.Equal(0, folder.Ledger.Size);
    }

    [Fact]
    public async Task A_beat_signs_where_the_journal_is_and_when_even_if_it_did_not_move()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Append(42);
        await folder.BeatAsync();
        Assert.Equal((42L, folder.Journal.Chain, 1_765_029_900_000_000_000), (Head(folder).Position, Head(folder).Chain, Head(folder).TimeUnixNanos));
        folder.Advance(10);
        await folder.BeatAsync();
        Assert.Equal((42L, 1_765_029_910_000_000_000), (Head(folder).Position, Head(folder).TimeUnixNanos));
    }

    [Fact]
    public async Task It_beats_by_itself_every_ten_seconds()
    {
        await using var folder = await GapFolder.BegunAsync();
        using var stop = new CancellationTokenSource();
        var beats = 0;
        var third = new TaskCompletionSource();
        var run = folder.Heartbeat.RunAsync(
            () =>
            {
                if (++beats == 3)
                    third.SetResult();
                return folder.Journal;
            },
            stop.Token);
        while (!third.Task.IsCompleted)
        {
            folder.Advance(10);
            await Task.Yield();
        }
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.True(Head(folder).TimeUnixNanos >= 1_765_029_930_000_000_000);
    }

    [Fact]
    public async Task After_a_kill_the_time_since_the_last_beat_is_downtime()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Append(3);
        folder.Advance(10);
        await folder.BeatAsync();
        folder.Append(2);
        folder.Advance(7.5);
        await folder.RestartAsync();
        var gap = Assert.Single(folder.Gaps("downtime"));
        Assert.Equal("2025-12-06T14:05:10Z 2025-12-06T14:05:17.500Z", GapFolder.Period(gap));
        Assert.False(gap.GetProperty("clean_stop").GetBoolean());
        Assert.Equal(("2025-12-06T14:05:10Z", "2025-12-06T14:05:17.500Z"), (gap.GetProperty("last_sign_of_life").GetString(), gap.GetProperty("started").GetString()));
        Assert.Equal(3, gap.GetProperty("journal").GetProperty("to").GetInt32());
        Assert.Equal(5, Head(folder).Position);
        Assert.Empty(DataFolderVerifier.Run(folder.Folder.Path, folder.Ledger.PublicKey, VerificationDepth.Records).Findings);
    }

    [Fact]
    public async Task A_clean_stop_says_so_and_when_it_began_and_each_restart_is_a_gap_however_short()
    {
        await using var folder = await GapFolder.BegunAsync();
        for (var restart = 0; restart < 3; restart++)
        {
            folder.Advance(100);
            folder.Append(1);
            var stopping = Head(folder).TimeUnixNanos + 100_000_000_000;
            folder.Advance(0.2);
            folder.Heartbeat.End(folder.Journal, stopping);
            Assert.Equal(new JournalHead("example.org/scroll", restart + 1, folder.Journal.Chain, stopping, Stopped: true), Head(folder));
            folder.Advance(0.001);
            await folder.RestartAsync();
            Assert.False(Head(folder).Stopped);
        }
        Assert.Equal(3, folder.Gaps("downtime").Count(gap => gap.GetProperty("clean_stop").GetBoolean()));
        Assert.Equal("2025-12-06T14:06:40Z 2025-12-06T14:06:40.201Z", GapFolder.Period(folder.Gaps("downtime")[0]));
    }

    [Fact]
    public async Task A_clock_that_went_back_over_the_downtime_is_shown_as_it_was()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Folder.Time.Step(TimeSpan.FromHours(-1));
        await folder.RestartAsync();
        var gap = Assert.Single(folder.Gaps("downtime"));
        Assert.Equal("2025-12-06T13:05:00Z 2025-12-06T14:05:00Z", GapFolder.Period(gap));
        Assert.Equal(("2025-12-06T14:05:00Z", "2025-12-06T13:05:00Z"), (gap.GetProperty("last_sign_of_life").GetString(), gap.GetProperty("started").GetString()));
    }

    [Fact]
    public async Task Without_a_head_the_last_receipt_is_the_last_sign_of_life()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Advance(30);
        await folder.Ledger.HourSealedAsync(folder.Folder.LogHour(0), TestContext.Current.CancellationToken);
        await folder.DropAsync();
        File.Delete(folder.HeadPath);
        folder.Advance(30);
        await folder.RestartAsync();
        var gap = Assert.Single(folder.Gaps("downtime"));
        Assert.Equal("2025-12-06T14:05:30Z 2025-12-06T14:06:00Z", GapFolder.Period(gap));
        Assert.False(gap.TryGetProperty("journal", out _));
    }

    [Fact]
    public async Task A_head_that_is_not_what_was_signed_stops_the_start_and_is_a_finding()
    {
        await using var folder = await GapFolder.BegunAsync();
        var key = folder.Ledger.PublicKey;
        await folder.DropAsync();
        var head = await File.ReadAllTextAsync(folder.HeadPath, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder.HeadPath, head.Replace("running", "stopped", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Contains("HEAD.observability.txt: signature", Assert.Single(DataFolderVerifier.Run(folder.Folder.Path, key, VerificationDepth.Records).Findings), StringComparison.Ordinal);
        Assert.Contains("HEAD.observability.txt: signature", folder.Folder.Verify().Report, StringComparison.Ordinal);
        Assert.Contains(folder.HeadPath, (await Assert.ThrowsAsync<DamagedLedgerException>(folder.OpenAsync)).Message, StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder.HeadPath, head, TestContext.Current.CancellationToken);
        await folder.OpenAsync();
        Assert.True(folder.Folder.Verify().Verified);
    }

    [Fact]
    public async Task A_journal_that_ends_before_what_was_signed_stops_the_start()
    {
        await using var folder = await GapFolder.BegunAsync();
        folder.Append(3);
        await folder.BeatAsync();
        await folder.OpenAsync();
        var signed = folder.Journal;
        foreach (var journal in new[] { signed with { Position = 2 }, signed with { Chain = default } })
            Assert.Contains("expected it to reach position 3", Assert.Throws<DamagedLedgerException>(() => folder.Heartbeat.Prepare(journal)).Message, StringComparison.Ordinal);
        folder.Heartbeat.Prepare(signed);
        folder.Append(1);
        folder.Heartbeat.Prepare(folder.Journal);
    }

    // The downtime is said or said again at the next start, whatever the disk refuses meanwhile.
    [Fact]
    public async Task A_downtime_that_could_not_be_receipted_is_found_again()
    {
        for (var at = 0; ; at++)
        {
            await using var folder = await GapFolder.BegunAsync();
            folder.Advance(60);
            var disk = new FailingDisk(at, FailurePoint.NotPersisted);
            folder.Disk = disk;
            try
            {
                await folder.RestartAsync();
            }
            catch (IOException)
            {
                // The ledger could not be opened; the next start comes to it.
            }
            folder.Disk = DiskFolder.Posix;
            folder.Advance(60);
            await folder.RestartAsync();
            Assert.Contains(folder.Gaps("downtime"), gap => GapFolder.Period(gap).StartsWith("2025-12-06T14:05:00Z", StringComparison.Ordinal));
            Assert.Contains(folder.Gaps("downtime"), gap => GapFolder.Period(gap).EndsWith("2025-12-06T14:07:00Z", StringComparison.Ordinal));
            if (!disk.HasFailed)
                break;
        }
    }

    [Fact]
    public async Task While_the_ledger_refuses_a_downtime_the_sign_of_life_stays_as_it_was()
    {
        await using var folder = await GapFolder.BegunAsync();
        var before = Head(folder);
        folder.Advance(60);
        folder.Disk = new LedgerRefusingDisk();
        await folder.OpenAsync();
        await folder.BeginAsync();
        await folder.BeatAsync();
        folder.Heartbeat.End(folder.Journal, before.TimeUnixNanos + 1);
        Assert.Equal(before, Head(folder));
        folder.Disk = DiskFolder.Posix;
        folder.Advance(60);
        await folder.RestartAsync();
        Assert.Equal("2025-12-06T14:05:00Z 2025-12-06T14:07:00Z", GapFolder.Period(Assert.Single(folder.Gaps("downtime"))));
    }

    private static JournalHead Head(GapFolder folder) => JournalHead.Read(File.ReadAllBytes(folder.HeadPath), folder.Ledger.PublicKey);
}
