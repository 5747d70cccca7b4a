using System.Text;
using System.Text.RegularExpressions;
using VmObs.Receipts;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded;
using VmObs.Tests.Support;
using VmObs.Verification;

namespace VmObs.Tests.Verification;

/// <summary>Every file that lies in a data folder, of whatever kind: what is done to it is named, or docs/threat-model.md says why not.</summary>
public sealed class EveryFileTamperTests : IAsyncLifetime
{
    private static readonly int s_flips = Environment.GetEnvironmentVariable("VM_OBS_TEST_LONG") is null ? 2 : 500;

    // A file of a kind that is not here fails the tests: whoever adds one says what a change of it does.
    private static readonly (Regex File, Told Told)[] s_kinds =
    [
        (new(@"^telemetry/.*\.(jsonl\.gz|parquet)$"), Told.Finding),
        (new(@"^receipts/observability/(observability_events\.jsonl|gaps\.state)$"), Told.Finding),
        (new(@"^(ROOT|HEAD)\.observability\.txt$"), Told.Finding),
        (new(@"^keys/observability\.vkey$"), Told.Finding),
        (new(@"^journal/[0-9]+\.journal$"), Told.Journal),
        (new(@"^tlog/|\.grams$"), Told.Derived),
        // Another secret makes a start refuse, and another one of derived files makes those again.
        (new(@"^keys/(observability|sampling)\.key$"), Told.Nothing),
        (new(@"^keys/derived\.key$"), Told.Anything),
        // Marks are hints, which tell nothing where they do not verify.
        (new(@"^journal/(low-water|synced)$|^lock$|^hold$"), Told.Nothing),
    ];

    private EngineFolder _engine = null!;
    private KeptFolder _older = null!, _whole = null!;

    private enum Told
    {
        Finding,
        Journal,
        Derived,
        Nothing,
        Anything,
    }

    public async ValueTask InitializeAsync()
    {
        _engine = new EngineFolder { SignsHead = true };
        await _engine.ReopenAsync();
        await FillAsync(_engine, -3600);
        await _engine.CloseAsync();
        _older = KeptFolder.Of(_engine.Folder);
        await _engine.ReopenAsync();
        await FillAsync(_engine, 0);
        await _engine.CloseAsync();
        _whole = KeptFolder.Of(_engine.Folder);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public void Every_kind_of_file_is_in_the_folder_and_nothing_is_said_of_it_untouched()
    {
        Assert.All(s_kinds, kind => Assert.Contains(_whole.Files, kind.File.IsMatch));
        var report = DataFolderVerifier.Run(_engine.Folder, _engine.Key, VerificationDepth.Journal);
        Assert.Empty(report.Findings);
        Assert.Empty(report.Derived);
        Assert.True(report.TagsChecked);
    }

    [Fact]
    public void Any_flipped_bit_of_any_file_is_told()
    {
        var random = new Random(17);
        foreach (var file in _whole.Files)
        {
            for (var i = 0; i < s_flips && _whole[file].Length > 0; i++)
            {
                var bytes = _whole[file].ToArray();
                var at = random.Next(bytes.Length);
                bytes[at] ^= (byte)(1 << random.Next(8));
                AssertTold(file, bytes, $"byte {at}");
            }
        }
    }

    [Fact]
    public void A_root_that_says_more_receipts_than_there_are_is_told_by_its_signature()
    {
        var lines = Encoding.UTF8.GetString(_whole[ObservabilityLedger.RootFile]).Split('\n');
        lines[1] = "3" + lines[1];
        AssertTold(ObservabilityLedger.RootFile, Encoding.UTF8.GetBytes(string.Join('\n', lines)), "more receipts");
    }

    [Fact]
    public void A_file_that_is_cut_or_goes_on_is_told()
    {
        foreach (var file in _whole.Files.Where(file => _whole[file].Length > 0))
        {
            // What is not there of derived files is made again and no word is lost on it; tiles may end anywhere, and a journal as a crash leaves it.
            if (ToldOf(file) != Told.Derived)
                AssertTold(file, _whole[file][..^1], "cut by a byte");
            if (ToldOf(file) != Told.Journal && !file.StartsWith("tlog/", StringComparison.Ordinal))
                AssertTold(file, [.. _whole[file], 0], "a byte more");
        }
    }

    [Fact]
    public void Files_of_one_kind_that_changed_places_are_told()
    {
        foreach (var (first, second) in Pairs())
        {
            File.WriteAllBytes(_engine.PathOf(first), _whole[second]);
            File.WriteAllBytes(_engine.PathOf(second), _whole[first]);
            AssertTold(first, "changed places");
        }
    }

    [Fact]
    public void An_older_copy_of_a_file_is_told()
    {
        foreach (var file in _older.Files.Where(file => _whole.Has(file) && !_older[file].AsSpan().SequenceEqual(_whole[file])))
        {
            // Tables that end earlier, and counts that were receipted since, were right once; so is a HEAD from before a crash: docs/threat-model.md.
            if (ToldOf(file) is Told.Finding or Told.Journal && !file.EndsWith("gaps.state", StringComparison.Ordinal) && !file.StartsWith("HEAD", StringComparison.Ordinal))
                AssertTold(file, _older[file], "older");
        }
    }

    [Fact]
    public async Task A_log_file_that_is_changed_while_its_hour_is_open_is_told_once_it_is_sealed()
    {
        await using var engine = new EngineFolder { Options = new StoreOptions("") { HeadBudgetBytes = 2 * 1024 * 1024 } };
        await engine.ReopenAsync();
        await FillOpenAsync(engine, 0);
        await engine.Store.SpillAsync();
        await engine.CloseAsync();
        var open = engine.PathOf("telemetry/logs/2025-12-06/hour-14.jsonl.gz.open");
        var bytes = File.ReadAllBytes(open);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(open, bytes);
        Assert.Empty(DataFolderVerifier.Run(engine.Folder, engine.Key, VerificationDepth.Journal).Findings);
        await engine.ReopenAsync();
        await engine.SealAsync();
        await engine.CloseAsync();
        Assert.Contains("telemetry/logs/2025-12-06/hour-14.jsonl.gz: found content_hash", Assert.Single(DataFolderVerifier.Run(engine.Folder, engine.Key, VerificationDepth.Bytes).Findings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Derived_files_go_on_to_count_after_a_rotation_of_the_key()
    {
        await using var engine = new EngineFolder();
        await engine.ReopenAsync();
        await FillAsync(engine, 0);
        await engine.Ledger.RotateKeyAsync(engine.Ledger.PrepareKey());
        await engine.ReopenAsync();
        await engine.CloseAsync();
        var report = DataFolderVerifier.Run(engine.Folder, engine.Key, VerificationDepth.Bytes);
        Assert.Empty(report.Findings);
        Assert.Empty(report.Derived);
        Assert.True(report.TagsChecked);
        // Under another secret the grams do not; the index is made again by the start.
        File.Delete(engine.PathOf(DerivedFileKey.RelativePath));
        await engine.ReopenAsync();
        await engine.CloseAsync();
        Assert.Contains("hour-14.jsonl.gz.grams: at byte 0: found what is no group", Assert.Single(DataFolderVerifier.Run(engine.Folder, engine.Key, VerificationDepth.Bytes).Derived), StringComparison.Ordinal);
    }

    private static async Task FillAsync(EngineFolder engine, int second)
    {
        await FillOpenAsync(engine, second);
        Assert.Equal(3, (await engine.SealAsync()).Count);
    }

    private static async Task FillOpenAsync(EngineFolder engine, int second)
    {
        var random = new Random(second);
        for (var i = 0; i < 10; i++)
        {
            // Enough for blocks to have grams.
            await engine.LogsAsync([.. Enumerable.Range(0, 20).Select(n => Samples.Log(second + i, $"line {n} {Convert.ToHexString(Bytes(random))}"))]);
            await engine.MetricsAsync(Samples.Gauge("cpu_percent", (second + i, i * 0.37)));
            await engine.TracesAsync(Samples.Span(new TraceId((ulong)(second + 4000), (ulong)i + 1), 1, 0, second + i, 1, failed: i < 2));
        }
    }

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[2_000];
        random.NextBytes(bytes);
        return bytes;
    }

    private static Told ToldOf(string file) => Assert.Single(s_kinds, kind => kind.File.IsMatch(file)).Told;

    // Of each kind the first two that differ.
    private IEnumerable<(string First, string Second)> Pairs() =>
        from kind in s_kinds
        where kind.Told != Told.Nothing
        from files in _whole.Files.Where(file => kind.File.IsMatch(file)).GroupBy(static file => Path.GetDirectoryName(file) + Path.GetExtension(file))
        let pair = files.DistinctBy(file => Convert.ToHexString(_whole[file])).Take(2).ToList()
        where pair.Count == 2
        select (pair[0], pair[1]);

    private void AssertTold(string file, byte[] bytes, string what)
    {
        File.WriteAllBytes(_engine.PathOf(file), bytes);
        AssertTold(file, what);
    }

    private void AssertTold(string file, string what)
    {
        var told = ToldOf(file);
        var report = DataFolderVerifier.Run(_engine.Folder, _engine.Key, told == Told.Journal ? VerificationDepth.Journal : VerificationDepth.Bytes);
        var all = $"{file}, {what}:\n{string.Join('\n', report.Findings.Concat(report.Derived))}";
        if (told is Told.Derived or Told.Nothing)
            Assert.True(report.Findings.Count == 0, all);
        if (told is Told.Nothing)
            Assert.True(report.Derived.Count == 0, all);
        if (told is Told.Finding or Told.Journal)
            Assert.True(report.Findings.Any(finding => finding.Contains(told == Told.Journal ? "journal" : Path.GetFileName(file), StringComparison.Ordinal)), all);
        if (told is Told.Derived)
            Assert.True(report.Derived.Any(changed => changed.StartsWith(file, StringComparison.Ordinal)), all);
        _whole.PutBack();
    }
}
