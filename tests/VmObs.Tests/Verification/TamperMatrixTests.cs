using System.Text;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Receipts;
using VmObs.Receipts;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;
using VmObs.Verification;
using VmObs.Verify;

namespace VmObs.Tests.Verification;

/// <summary>What can be done to a folder behind the engine's back, one thing at a time: each is named by both verifiers.</summary>
public sealed class TamperMatrixTests : IAsyncLifetime
{
    private const string Scroll = "receipts/observability/observability_events.jsonl";
    private const string Root = ObservabilityLedger.RootFile;
    private const string Logs13 = "telemetry/logs/2025-12-06/hour-13.jsonl.gz", Logs14 = "telemetry/logs/2025-12-06/hour-14.jsonl.gz";

    private static readonly int s_flips = Environment.GetEnvironmentVariable("VM_OBS_TEST_LONG") is null ? 60 : 500;

    private EngineFolder _engine = null!;
    private KeptFolder _older = null!, _whole = null!;

    public static TheoryData<string> Files =>
    [
        Logs13, Logs14, "telemetry/metrics/2025-12-06/hour-13.parquet", "telemetry/traces/2025-12-06/hour-14.parquet", Scroll, Root, "HEAD.observability.txt",
    ];

    public async ValueTask InitializeAsync()
    {
        _engine = new EngineFolder { SignsHead = true };
        await _engine.ReopenAsync();
        await FillAsync(-3600);
        await _engine.CloseAsync();
        _older = KeptFolder.Of(_engine.Folder);
        await _engine.ReopenAsync();
        await FillAsync(0);
        await _engine.CloseAsync();
        _whole = KeptFolder.Of(_engine.Folder);
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    [Fact]
    public void An_untouched_folder_has_no_finding()
    {
        Assert.Empty(Findings());
        // Nor has one without what is derived of it.
        Directory.Delete(_engine.PathOf("tlog"), recursive: true);
        foreach (var grams in Directory.EnumerateFiles(_engine.Folder, "*.grams", SearchOption.AllDirectories))
            File.Delete(grams);
        Assert.Empty(Findings());
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Any_flipped_byte_is_named(string file)
    {
        var random = new Random(file.Length);
        for (var i = 0; i < s_flips; i++)
        {
            var bytes = _whole[file].ToArray();
            var at = random.Next(bytes.Length);
            bytes[at] ^= (byte)(1 << random.Next(8));
            AssertNamed(file, bytes, $"byte {at}");
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_that_is_cut_or_goes_on_or_is_empty_is_named(string file)
    {
        var bytes = _whole[file];
        AssertNamed(file, bytes[..^1], "cut by a byte");
        AssertNamed(file, bytes[..(bytes.Length / 2)], "cut to half");
        AssertNamed(file, [], "emptied");
        AssertNamed(file, [.. bytes, 0], "a byte more");
        AssertNamed(file, [.. bytes, .. bytes], "twice");
    }

    [Fact]
    public void A_file_that_is_gone_renamed_exchanged_or_of_another_hour_is_named()
    {
        foreach (var file in new[] { Logs13, Logs14, "telemetry/traces/2025-12-06/hour-13.parquet" })
        {
            Change(() => File.Delete(_engine.PathOf(file)), Name(file));
            Change(() => File.Move(_engine.PathOf(file), _engine.PathOf(file.Replace("hour-1", "hour-0", StringComparison.Ordinal))), Name(file));
        }
        Change(() =>
        {
            File.WriteAllBytes(_engine.PathOf(Logs13), _whole[Logs14]);
            File.WriteAllBytes(_engine.PathOf(Logs14), _whole[Logs13]);
        }, "hour-13");
        Change(() => File.Copy(_engine.PathOf(Logs14), _engine.PathOf("telemetry/logs/2025-12-06/hour-09.jsonl.gz")), "hour-09", bothVerifiers: false);
    }

    [Fact]
    public void A_sealed_hour_that_is_dated_anew_is_named()
    {
        // Another hour's name for file and receipt, as far as it goes without the key.
        Change(() =>
        {
            File.Move(_engine.PathOf(Logs14), _engine.PathOf(Logs14.Replace("hour-14", "hour-15", StringComparison.Ordinal)));
            File.WriteAllText(_engine.PathOf(Scroll), Encoding.UTF8.GetString(_whole[Scroll]).Replace(Logs14, Logs14.Replace("hour-14", "hour-15", StringComparison.Ordinal), StringComparison.Ordinal));
        }, "observability_events.jsonl, line ");
        // Another day's folder.
        Change(() => Directory.Move(_engine.PathOf("telemetry/logs/2025-12-06"), _engine.PathOf("telemetry/logs/2025-12-05")), Name(Logs14));
    }

    [Fact]
    public void Lines_that_are_gone_doubled_moved_or_added_are_named_at_their_line()
    {
        var lines = Encoding.UTF8.GetString(_whole[Scroll]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (var line = 0; line < lines.Length; line++)
        {
            var last = line == lines.Length - 1;
            AssertScroll([.. lines[..line], .. lines[(line + 1)..]], last ? "observability_events.jsonl: found" : $"line {line + 1} ");
            AssertScroll([.. lines[..line], lines[line], .. lines[line..]], $"line {line + 2} ");
            if (!last)
                AssertScroll([.. lines[..line], lines[line + 1], lines[line], .. lines[(line + 2)..]], $"line {line + 1} ");
        }
    }

    [Theory]
    [InlineData("sealed_at\":\"2025", "sealed_at\":\"2024")]
    [InlineData("\"error\":", "\"errors\":")]
    [InlineData("\"type\":\"obs_log_batch\"", "\"type\":7")]
    [InlineData("\"storage_path\":\"telemetry/logs", "\"storage_path\":\"../telemetry/logs")]
    [InlineData("\"content_hash\":\"blake3:", "\"content_hash\":\"sha256:")]
    [InlineData("\"trace_count\":", "\"trace_count\":-")]
    [InlineData("\"timestamp\":\"2025-12-06T1", "\"timestamp\":\"2025-12-06X1")]
    [InlineData("\"journal\":{", "\"journal\":{\"a\":1,")]
    [InlineData("\"to\":", "\"upto\":")]
    public void A_scroll_that_is_written_anew_without_the_key_is_named(string change, string to)
    {
        var (scroll, text) = (new ReceiptScroll(), new StringBuilder());
        foreach (var line in Encoding.UTF8.GetString(_whole[Scroll]).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var entry = Encoding.UTF8.GetString(ReceiptScroll.EntryOf(Encoding.UTF8.GetBytes(line)));
            text.Append(Encoding.UTF8.GetString(scroll.Append(Encoding.UTF8.GetBytes(entry.Replace(change, to, StringComparison.Ordinal))))).Append('\n');
        }
        using var forger = new NoteSigner(_engine.Key.Name, new byte[32]);
        var root = forger.Sign(new Checkpoint(_engine.Key.Name, scroll.Size, scroll.Sha256Root, scroll.Blake3Root).ToText());
        Change(() =>
        {
            File.WriteAllText(_engine.PathOf(Scroll), text.ToString());
            File.WriteAllBytes(_engine.PathOf(Root), root);
            Directory.Delete(_engine.PathOf("tlog"), recursive: true);
        }, Root);
        // The old ROOT over the new lines is no better.
        Change(() => File.WriteAllText(_engine.PathOf(Scroll), text.ToString()), Root);
    }

    [Fact]
    public void An_older_copy_of_one_file_is_named()
    {
        Change(() => File.WriteAllBytes(_engine.PathOf(Scroll), _older[Scroll]), "observability_events.jsonl");
        Change(() => File.WriteAllBytes(_engine.PathOf(Root), _older[Root]), Root, bothVerifiers: false);
    }

    [Fact]
    public void An_older_copy_of_the_whole_folder_is_named_to_who_kept_a_later_root()
    {
        _older.PutBack();
        // From inside it cannot be told: everything in it was right once.
        Assert.Empty(Findings());
        var finding = Assert.Single(DataFolderVerifier.Run(_engine.Folder, _engine.Key, VerificationDepth.Bytes, ("kept.txt", _whole[Root])).Findings);
        Assert.Contains("as kept.txt signs: the folder is an older one", finding, StringComparison.Ordinal);
        _whole.PutBack();
        Assert.Empty(DataFolderVerifier.Run(_engine.Folder, _engine.Key, VerificationDepth.Bytes, ("kept.txt", _older[Root])).Findings);
        Assert.NotEmpty(DataFolderVerifier.Run(_engine.Folder, _engine.Key, VerificationDepth.Bytes, ("kept.txt", _older[Root][..^9])).Findings);
    }

    private async Task FillAsync(int second)
    {
        for (var i = 0; i < 20; i++)
        {
            await _engine.LogsAsync(Samples.Log(second + i, $"line {i}", severity: 1 + i));
            await _engine.MetricsAsync(Samples.Gauge("cpu_percent", (second + i, i * 0.37)));
            await _engine.TracesAsync(Samples.Span(new TraceId((ulong)(second + 4000), (ulong)i + 1), 1, 0, second + i, 1, failed: i < 2));
        }
        Assert.Equal(3, (await _engine.SealAsync()).Count);
    }

    private void AssertScroll(string[] lines, string named) =>
        Change(() => File.WriteAllText(_engine.PathOf(Scroll), string.Concat(lines.Select(line => line + "\n"))), named);

    private void AssertNamed(string file, byte[] bytes, string what) => Change(() => File.WriteAllBytes(_engine.PathOf(file), bytes), Name(file), what: what);

    /// <summary>Changes the folder, expects a finding that names something, and puts everything back.</summary>
    private void Change(Action change, string named, bool bothVerifiers = true, string what = "")
    {
        change();
        // Reading bytes is enough for all of it.
        var findings = DataFolderVerifier.Run(_engine.Folder, _engine.Key, VerificationDepth.Bytes).Findings;
        Assert.True(findings.Any(finding => finding.Contains(named, StringComparison.Ordinal)), $"{named}, {what}: {string.Join("; ", findings)}");
        if (bothVerifiers)
        {
            var report = new StringWriter();
            Assert.False(FolderCheck.Run(_engine.Folder, _engine.Key, report));
            Assert.Contains(named, report.ToString(), StringComparison.Ordinal);
        }
        _whole.PutBack();
    }

    private IEnumerable<string> Findings()
    {
        var report = new StringWriter();
        Assert.True(FolderCheck.Run(_engine.Folder, _engine.Key, report), report.ToString());
        return DataFolderVerifier.Run(_engine.Folder, _engine.Key, VerificationDepth.Journal).Findings;
    }

    private static string Name(string file) => file == Scroll ? "observability_events.jsonl" : Path.GetFileNameWithoutExtension(file).Split('.')[0];
}
