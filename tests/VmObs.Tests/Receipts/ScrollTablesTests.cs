using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Ledger.Receipts;
using VmObs.Receipts;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;

namespace VmObs.Tests.Receipts;

/// <summary>A scroll that is long enough for its tables to be taken over, and what happens to them.</summary>
public sealed class ScrollTablesTests(LongScroll scroll) : IClassFixture<LongScroll>, IDisposable
{
    private const int Receipts = LongScroll.Receipts;

    private readonly LedgerFolder _folder = scroll.Copy();
    private readonly List<Digest> _leaves = [];

    public static TheoryData<string> Tables => ["index", "sha256/0", "sha256/1", "blake3/0", "blake3/1"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_start_takes_over_all_but_the_last_receipts()
    {
        // An early line that nobody looks at when only the last ones are checked.
        var line = ChangeLine(100);
        await using var ledger = _folder.Open();
        Assert.Equal(Receipts, ledger.Size);
        Assert.Single(ledger.SealedHours);
        var error = Assert.Throws<DamagedLedgerException>(() => ledger.Reader.Read(100));
        Assert.Contains("line 101 at byte", error.Message, StringComparison.Ordinal);
        Assert.False(_folder.Verify().Verified);
        Assert.NotEqual(line, _folder.Lines()[100]);
    }

    [Fact]
    public async Task The_tables_are_taken_over_after_a_rotation()
    {
        await using (var ledger = _folder.Open())
            await ledger.RotateKeyAsync(ledger.PrepareKey());
        // An early line that nobody looks at where the tables are taken over.
        ChangeLine(100);
        await using var reopened = _folder.Open();
        Assert.Equal(Receipts + 1, reopened.Size);
        Assert.Single(reopened.Rotations);
    }

    [Theory]
    [InlineData(Receipts - 1)]
    [InlineData(Receipts - 300)]
    [InlineData(0)]
    public void A_changed_line_that_a_start_relies_on_is_damage_at_its_line(int seq)
    {
        ChangeLine(seq);
        var error = Assert.Throws<DamagedLedgerException>(() => _folder.Open());
        Assert.Contains($"line {seq + 1} at byte", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shorter_scroll_is_damage()
    {
        File.WriteAllLines(_folder.JsonlPath, _folder.Lines().Take(2000));
        Assert.Contains($"found 2000 receipts, expected {Receipts}", Assert.Throws<DamagedLedgerException>(() => _folder.Open()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fact_that_has_a_receipt_gets_no_second_after_a_start()
    {
        await using var ledger = _folder.Open();
        await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken);
        await ledger.TracesCompletedAsync([LedgerFolder.Trace(0), LedgerFolder.Trace(77), LedgerFolder.Trace(Receipts - 2)], TestContext.Current.CancellationToken);
        Assert.Equal(Receipts, ledger.Size);
        await ledger.TracesCompletedAsync([LedgerFolder.Trace(77) with { TraceId = new string('f', 32) }, LedgerFolder.Trace(Receipts)], TestContext.Current.CancellationToken);
        Assert.Equal(Receipts + 2, ledger.Size);
    }

    [Fact]
    public async Task The_trees_go_on_over_many_starts_as_over_one()
    {
        for (var start = 0; start < 3; start++)
        {
            await using var ledger = _folder.Open();
            await ledger.TracesCompletedAsync([.. Enumerable.Range(Receipts + (start * 2000), 2000).Select(i => LedgerFolder.Trace(i))], TestContext.Current.CancellationToken);
            AssertProofs(ledger);
        }
        var (verified, report) = _folder.Verify();
        Assert.True(verified, report);
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Whatever_happens_to_a_table_changes_no_answer(string table)
    {
        var path = Path.Combine(_folder.Path, "tlog", table);
        var whole = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var random = new Random(table.Length);
        Action<byte[]>[] changes =
        [
            bytes => File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]),
            bytes => File.WriteAllBytes(path, [.. bytes, .. bytes]),
            bytes => File.WriteAllBytes(path, []),
            _ => File.Delete(path),
            bytes => File.WriteAllBytes(path, [.. bytes[(bytes.Length / 2)..], .. bytes[..(bytes.Length / 2)]]),
            .. Enumerable.Range(0, 3).Select(_ => (Action<byte[]>)(bytes =>
            {
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(path, bytes);
            })),
        ];
        foreach (var change in changes)
        {
            change([.. whole]);
            await using (var ledger = _folder.Open())
                AssertAnswers(ledger);
            await File.WriteAllBytesAsync(path, whole, TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task A_table_that_changes_under_a_running_engine_changes_no_answer(string table)
    {
        await using var ledger = _folder.Open();
        var path = Path.Combine(_folder.Path, "tlog", table);
        var random = new Random(table.Length);
        for (var round = 0; round < 3; round++)
        {
            using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                file.Position = random.NextInt64(file.Length);
                var was = file.ReadByte();
                file.Position--;
                if (round < 2)
                    file.WriteByte((byte)(was ^ 1));
                else
                    file.SetLength(file.Length / 2);
            }
            AssertAnswers(ledger);
            // What was read is mended on the disk, too.
            var key = DerivedFileKey.For("receipt index", DerivedFileKey.Find(_folder.Path, null)!);
            Assert.Null(ReceiptIndex.FirstChangedPage(DiskFolder.Posix, Path.Combine(_folder.Path, "tlog", "index"), key));
        }
    }

    private void AssertAnswers(ObservabilityLedger ledger)
    {
        Assert.Equal(Receipts, ledger.Size);
        var seals = ledger.Reader.Find(new ReceiptQuery(long.MinValue, long.MaxValue) { Types = new HashSet<string> { "obs_log_batch" } }, QueryBudget.Unlimited(), CancellationToken.None);
        Assert.Equal([0L], seals);
        var all = ledger.Reader.Find(new ReceiptQuery(long.MinValue, long.MaxValue) { NewestFirst = false }, QueryBudget.Unlimited(), CancellationToken.None);
        Assert.Equal(_folder.Lines(), all.Select(seq => System.Text.Encoding.UTF8.GetString(ledger.Reader.Read(seq))));
        AssertProofs(ledger);
    }

    /// <summary>Every proof, and every hash of every tile, against the lines themselves.</summary>
    private void AssertProofs(ObservabilityLedger ledger)
    {
        foreach (var line in _folder.Lines().Skip(_leaves.Count))
            _leaves.Add(Sha256MerkleHash.Leaf(ReceiptScroll.EntryOf(System.Text.Encoding.UTF8.GetBytes(line))));
        Digest[] leaves = [.. _leaves];
        var root = MerkleProofs.Root<Sha256MerkleHash>(leaves);
        Assert.Equal(root, ledger.Log.Latest.Checkpoint.Sha256Root);
        for (var seq = 0; seq < leaves.Length; seq += 397)
        {
            var (path, signed) = ledger.Log.Inclusion(seq);
            Assert.True(MerkleProofs.VerifyInclusion<Sha256MerkleHash>(leaves[seq], seq, signed.Checkpoint.Size, [.. path], root));
        }
        for (var tile = 0; tile * MerkleTiles.Width < leaves.Length; tile++)
        {
            Digest[] hashes = [.. leaves.Skip(tile * MerkleTiles.Width).Take(MerkleTiles.Width)];
            Assert.Equal(hashes.SelectMany(hash => hash.Span.ToArray()), ledger.Log.Tile(0, tile, hashes.Length)!);
            Assert.True(hashes.Length == MerkleTiles.Width || ledger.Log.Tile(0, tile, hashes.Length + 1) is null);
        }
        var upper = leaves.Length / MerkleTiles.Width;
        Assert.Equal(
            Enumerable.Range(0, upper).SelectMany(tile => MerkleProofs.Root<Sha256MerkleHash>(leaves.AsSpan(tile * MerkleTiles.Width, MerkleTiles.Width)).Span.ToArray()),
            ledger.Log.Tile(1, 0, upper)!);
        Assert.Null(ledger.Log.Tile(1, 0, upper + 1));
        Assert.Null(ledger.Log.Tile(2, 0, 1));
    }

    private string ChangeLine(int seq)
    {
        var lines = _folder.Lines();
        var line = lines[seq];
        lines[seq] = line.Replace("\"sealed_at\":\"2025", "\"sealed_at\":\"2024", StringComparison.Ordinal);
        File.WriteAllText(_folder.JsonlPath, string.Concat(lines.Select(one => one + "\n")));
        return line;
    }
}
