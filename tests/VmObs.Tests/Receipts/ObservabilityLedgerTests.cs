using System.Text;
using CsCheck;
using VmObs.Ledger.Checkpoints;
using VmObs.Receipts;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;

namespace VmObs.Tests.Receipts;

public sealed class ObservabilityLedgerTests : IDisposable
{
    private readonly LedgerFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_new_scroll_has_a_signed_root_before_its_first_receipt()
    {
        await using var ledger = _folder.Open();
        Assert.Equal(0, _folder.RootSize());
        Assert.Equal(File.ReadAllBytes(_folder.RootPath), ledger.Root);
        Assert.True(_folder.Verify().Verified);
    }

    [Fact]
    public async Task Appended_is_durable_signed_and_still_there_after_reopening()
    {
        await using (var ledger = _folder.Open())
        {
            await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken);
            await ledger.TracesCompletedAsync([LedgerFolder.Trace(0), LedgerFolder.Trace(1)], TestContext.Current.CancellationToken);
            Assert.Equal(3, ledger.Size);
            Assert.Equal(3, _folder.RootSize());
            Assert.Equal(File.ReadAllBytes(_folder.RootPath), ledger.Root);
        }
        await using var reopened = _folder.Open();
        Assert.Equal(3, reopened.Size);
        Assert.Equal(File.ReadAllBytes(_folder.RootPath), reopened.Root);
        var hour = Assert.Single(reopened.SealedHours);
        Assert.Equal(("telemetry/logs/2025-12-06/hour-14.jsonl.gz", 10L), (hour.StoragePath, hour.JournalTo));
        Assert.Equal((true, "3 receipts, 1 sealed files, 0 findings; key example.org/scroll\n"), _folder.Verify());
    }

    [Fact]
    public async Task A_fact_that_has_a_receipt_gets_no_second_before_or_after_reopening()
    {
        for (var start = 0; start < 2; start++)
        {
            await using var ledger = _folder.Open();
            for (var time = 0; time < 2; time++)
            {
                await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken);
                await ledger.TracesCompletedAsync([LedgerFolder.Trace(0), LedgerFolder.Trace(0)], TestContext.Current.CancellationToken);
            }
            Assert.Single(ledger.SealedHours);
            Assert.Equal(2, ledger.Size);
        }
    }

    [Fact]
    public async Task Receipts_queued_together_are_few_writes_and_one_root_each()
    {
        var disk = new FailingDisk(int.MaxValue, FailurePoint.Persisted);
        await using var ledger = _folder.Open(disk);
        var before = disk.Changes;
        await ledger.TracesCompletedAsync([.. Enumerable.Range(0, 500).Select(i => LedgerFolder.Trace(i))], TestContext.Current.CancellationToken);
        Assert.Equal(500, ledger.Size);
        // A write, a sync, and ROOT's five changes a group; one by one they would be 3,500.
        Assert.InRange(disk.Changes - before, 7, 1000);
        Assert.True(_folder.Verify().Verified);
    }

    [Fact]
    public async Task A_caller_that_gives_up_waiting_does_not_lose_the_sealed_hour()
    {
        await using (var ledger = _folder.Open())
        {
            using var given = new CancellationTokenSource();
            await given.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await ledger.HourSealedAsync(_folder.LogHour(0), given.Token));
            await ledger.HourSealedAsync(_folder.LogHour(1), TestContext.Current.CancellationToken);
            Assert.Equal(2, ledger.SealedHours.Count);
        }
    }

    [Fact]
    public async Task A_receipt_that_cannot_be_written_fails_alone()
    {
        await using var ledger = _folder.Open();
        var broken = _folder.LogHour(0) with { Logs = new([0], ["too few levels"]) };
        var error = await Assert.ThrowsAsync<InvalidOperationException>(async () => await ledger.HourSealedAsync(broken, TestContext.Current.CancellationToken));
        Assert.StartsWith("BUG:", error.Message, StringComparison.Ordinal);
        await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken);
        Assert.Equal(1, ledger.Size);
    }

    [Fact]
    public async Task Every_failing_change_loses_nothing_acknowledged_and_the_scroll_goes_on()
    {
        // Counts the changes of a run that does not fail; then each of them fails in each way.
        var changes = 0;
        for (var failAt = 0; failAt <= changes; failAt++)
        {
            foreach (var point in Enum.GetValues<FailurePoint>())
            {
                using var folder = new LedgerFolder();
                var disk = new FailingDisk(failAt == 0 && changes == 0 ? int.MaxValue : failAt, point);
                var acknowledged = await RunUntilFailureAsync(folder, disk);
                if (changes == 0)
                {
                    changes = disk.Changes;
                    Assert.Equal(3, acknowledged);
                    Assert.InRange(changes, 15, 100);
                }
                await using (var ledger = folder.Open(new FailingDisk(int.MaxValue, point)))
                {
                    Assert.True(ledger.Size >= acknowledged, $"change {failAt} {point}: {acknowledged} acknowledged, {ledger.Size} kept");
                    Assert.True(ledger.Size <= acknowledged + 1, $"change {failAt} {point}: {ledger.Size} receipts after {acknowledged}");
                    for (var i = 0; i < 3; i++)
                        await ledger.HourSealedAsync(folder.LogHour(i), TestContext.Current.CancellationToken);
                    Assert.Equal(3, ledger.Size);
                }
                var (verified, report) = folder.Verify();
                Assert.True(verified, $"change {failAt} {point}: {report}");
            }
        }
    }

    [Fact]
    public async Task After_a_refused_write_nothing_more_is_appended()
    {
        var counting = new FailingDisk(int.MaxValue, FailurePoint.Persisted);
        await using (_folder.Open(counting))
        {
        }
        var reopening = new FailingDisk(int.MaxValue, FailurePoint.Persisted);
        await using (_folder.Open(reopening))
        {
        }
        // The first change after those of a start is the write of the first receipt.
        var disk = new FailingDisk(reopening.Changes, FailurePoint.NotPersisted);
        await using (var ledger = _folder.Open(disk))
        {
            await Assert.ThrowsAsync<IOException>(async () => await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken));
            await Assert.ThrowsAsync<IOException>(async () => await ledger.HourSealedAsync(_folder.LogHour(1), TestContext.Current.CancellationToken));
            Assert.Equal((0, 0), (ledger.Size, ledger.SealedHours.Count));
        }
        Assert.Empty(_folder.Lines());
    }

    [Fact]
    public async Task A_torn_last_line_is_cut()
    {
        await AppendHoursAsync(2);
        var whole = File.ReadAllBytes(_folder.JsonlPath);
        File.AppendAllText(_folder.JsonlPath, "{\"batch_id\":\"logs-20");
        Assert.Contains("line 3 at byte " + whole.Length, _folder.Verify().Report, StringComparison.Ordinal);
        await using var ledger = _folder.Open();
        Assert.Equal(2, ledger.Size);
        Assert.Equal(whole, File.ReadAllBytes(_folder.JsonlPath));
    }

    [Fact]
    public async Task Lines_beyond_root_are_taken_over_by_their_chain()
    {
        await AppendHoursAsync(2);
        var older = File.ReadAllBytes(_folder.RootPath);
        await AppendHoursAsync(3);
        File.WriteAllBytes(_folder.RootPath, older);
        Assert.Contains("1 receipts are later than ROOT", _folder.Verify().Report, StringComparison.Ordinal);
        await using (var ledger = _folder.Open())
            Assert.Equal(3, ledger.SealedHours.Count);
        Assert.Equal(3, _folder.RootSize());
    }

    [Fact]
    public async Task A_scroll_shorter_than_root_is_damage()
    {
        await AppendHoursAsync(3);
        File.WriteAllText(_folder.JsonlPath, string.Concat(_folder.Lines().Take(2).Select(line => line + "\n")));
        Assert.Contains("found 2 receipts, expected 3", Assert.Throws<DamagedLedgerException>(() => _folder.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Receipts_without_a_root_are_damage()
    {
        await AppendHoursAsync(1);
        File.Delete(_folder.RootPath);
        Assert.Contains("ROOT", Assert.Throws<DamagedLedgerException>(() => _folder.Open()).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.RootPath));
    }

    [Fact]
    public async Task A_scroll_that_lost_its_key_gets_no_new_one()
    {
        await AppendHoursAsync(1);
        var secret = Path.Combine(_folder.Path, SigningKey.SecretFile);
        File.Delete(secret);
        Assert.Contains("not there, expected the key", Assert.Throws<DamagedLedgerException>(() => _folder.Open()).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(secret));
    }

    [Fact]
    public async Task A_root_without_its_scroll_is_damage_and_nothing_is_made()
    {
        await AppendHoursAsync(1);
        File.Delete(_folder.JsonlPath);
        Assert.Contains("found 0 receipts, expected 1", Assert.Throws<DamagedLedgerException>(() => _folder.Open()).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.JsonlPath));
    }

    [Fact]
    public async Task A_root_of_another_key_or_origin_is_damage()
    {
        await AppendHoursAsync(1);
        var text = SignedNote.Parse(File.ReadAllBytes(_folder.RootPath)).Text;
        using var stranger = new NoteSigner("example.org/scroll", new byte[32]);
        File.WriteAllBytes(_folder.RootPath, stranger.Sign(text));
        Assert.Contains("no signature of", Assert.Throws<DamagedLedgerException>(() => _folder.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_changed_byte_of_the_scroll_is_damage_at_its_line()
    {
        await AppendHoursAsync(3);
        var scroll = File.ReadAllBytes(_folder.JsonlPath);
        var root = File.ReadAllBytes(_folder.RootPath);
        Gen.Select(Gen.Int[0, scroll.Length - 2], Gen.Int[0, 7]).Sample((at, bit) =>
        {
            byte[] changed = [.. scroll];
            changed[at] ^= (byte)(1 << bit);
            File.WriteAllBytes(_folder.JsonlPath, changed);
            var line = 1 + changed.AsSpan(0, at).Count((byte)'\n');
            var error = Assert.Throws<DamagedLedgerException>(() => _folder.Open());
            Assert.Contains($"line {line} at byte", error.Message, StringComparison.Ordinal);
            Assert.Contains($"line {line} at byte", _folder.Verify().Report, StringComparison.Ordinal);
            Assert.Equal(root, File.ReadAllBytes(_folder.RootPath));
        }, iter: 300, threads: 1);
    }

    [Fact]
    public async Task Receipts_are_read_from_either_end_by_type_time_and_node()
    {
        await using var ledger = _folder.Open(new FailingDisk(int.MaxValue, FailurePoint.Persisted));
        for (var i = 0; i < 200; i++)
        {
            await ledger.HourSealedAsync(_folder.LogHour(i), TestContext.Current.CancellationToken);
            if (i % 10 == 0)
                await ledger.TracesCompletedAsync([LedgerFolder.Trace(i)], TestContext.Current.CancellationToken);
        }
        var all = new ReceiptQuery(long.MinValue, long.MaxValue);
        var oldest = all with { NewestFirst = false };
        Assert.Equal(Enumerable.Range(0, 220).Select(i => (long)i), Find(ledger, oldest));
        Assert.Equal(Enumerable.Range(0, 220).Select(i => 219L - i), Find(ledger, all));
        Assert.Equal([101, 102], Find(ledger, oldest with { AfterSeq = 100, BeforeSeq = 103 }));
        Assert.Equal(_folder.Lines(), Find(ledger, oldest).Select(seq => Encoding.UTF8.GetString(ledger.Reader.Read(seq))));
        Assert.Equal(20, Find(ledger, all with { Types = new HashSet<string> { "obs_trace_complete" } }).Count());
        Assert.Equal(20, Find(ledger, oldest with { Node = "did:vm:node:brick-01" }).Count());
        var second = new ReceiptQuery(_folder.LogHour(1).Hour.EndUnixNanos, _folder.LogHour(2).Hour.EndUnixNanos) { Types = new HashSet<string> { "obs_log_batch" } };
        Assert.Contains("logs-2025-12-06-15", Encoding.UTF8.GetString(ledger.Reader.Read(Assert.Single(Find(ledger, second)))), StringComparison.Ordinal);
        Assert.Equal(_folder.Lines()[^3..], ledger.Find(all with { Limit = 3 }).Select(Encoding.UTF8.GetString));
    }

    [Fact]
    public async Task The_secret_key_is_the_owners_alone_and_its_pair_must_fit()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes");
        await _folder.Open().DisposeAsync();
        var secret = Path.Combine(_folder.Path, SigningKey.SecretFile);
#pragma warning disable CA1416 // skipped on Windows above
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secret));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(secret)!));
#pragma warning restore CA1416
        using var stranger = new NoteSigner("example.org/scroll", new byte[32]);
        File.WriteAllText(Path.Combine(_folder.Path, SigningKey.PublicFile), stranger.PublicKey.ToVerifierKey() + "\n");
        var error = Assert.Throws<IOException>(() => _folder.Open());
        Assert.Contains("not the public half", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(File.ReadAllText(secret).Trim(), error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_default_origin_is_unique_to_the_scroll_and_fixed()
    {
        using var other = new LedgerFolder();
        static async Task<string> NameAsync(LedgerFolder folder)
        {
            await using var ledger = folder.Open(options: new LedgerOptions(folder.Path));
            return ledger.PublicKey.Name;
        }
        Assert.NotEqual(await NameAsync(_folder), await NameAsync(other));
        Assert.Equal(await NameAsync(other), await NameAsync(other));
        Assert.Throws<IOException>(() => other.Open());
    }

    [Fact]
    public async Task What_the_index_tells_is_found_without_reading_a_line()
    {
        await AppendHoursAsync(50);
        await using var ledger = _folder.Open();
        var budget = new QueryBudget(maxBytesRead: 0, maxBytesHeld: 0);
        var range = new ReceiptQuery(_folder.LogHour(10).Hour.EndUnixNanos, _folder.LogHour(20).Hour.EndUnixNanos) { Types = new HashSet<string> { "obs_log_batch" } };
        Assert.Equal(Enumerable.Range(10, 10).Select(i => (long)i).Reverse(), ledger.Reader.Find(range, budget, CancellationToken.None));
        Assert.Empty(ledger.Reader.Find(range with { Types = new HashSet<string> { "obs_gap" }, Node = "brick-01" }, budget, CancellationToken.None));
        Assert.Throws<QueryLimitException>(() => ledger.Reader.Find(range with { Node = "brick-01" }, budget, CancellationToken.None).Count());
    }

    private static IEnumerable<long> Find(ObservabilityLedger ledger, ReceiptQuery query) => ledger.Reader.Find(query, QueryBudget.Unlimited(), CancellationToken.None);

    private async Task AppendHoursAsync(int count)
    {
        await using var ledger = _folder.Open();
        for (var i = 0; i < count; i++)
            await ledger.HourSealedAsync(_folder.LogHour(i), TestContext.Current.CancellationToken);
    }

    private static async Task<int> RunUntilFailureAsync(LedgerFolder folder, FailingDisk disk)
    {
        var acknowledged = 0;
        try
        {
            await using var ledger = folder.Open(disk);
            for (; acknowledged < 3; acknowledged++)
                await ledger.HourSealedAsync(folder.LogHour(acknowledged), TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            Assert.True(disk.HasFailed);
        }
        return acknowledged;
    }
}
