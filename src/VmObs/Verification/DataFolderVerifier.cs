using System.Text.Json;
using VmObs.Folder;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Remains;
using VmObs.Ledger.Verify;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Storage.Embedded.Verify;

namespace VmObs.Verification;

/// <summary>Checks a data folder against itself and a key: every line, every root, ROOT, HEAD, every sealed file, and as deep as is asked what it holds.</summary>
/// <remarks>Reads only; an engine may be writing meanwhile. ROOT is read before HEAD, HEAD before the lines, and the lines before the files, so
/// that each covers no more than what comes after it, and the lines have every key that signed.</remarks>
internal sealed class DataFolderVerifier : IDisposable
{
    private readonly string _dataFolder;
    private readonly VerificationDepth _depth;
    private readonly VerificationProgress _progress;
    private readonly byte[]? _head;
    private readonly List<string> _findings = [];
    private readonly Dictionary<string, JsonElement> _hours = new(StringComparer.Ordinal);
    private readonly List<TraceStatement> _traces = [];
    private readonly List<TraceHour> _traceHours = [];
    private readonly Dictionary<string, JsonElement> _expired = new(StringComparer.Ordinal);
    private readonly HashSet<string> _sealedLater = new(StringComparer.Ordinal);
    private readonly JournalStatements _journal;
    private readonly ScrollVerifier _scroll;
    private readonly DerivedFileVerifier _derived;
    private bool _live;
    private long _bytes;

    private DataFolderVerifier(string dataFolder, NoteKey key, byte[]? signingSeed, VerificationDepth depth, VerificationProgress progress)
    {
        (_dataFolder, _depth, _progress) = (dataFolder, depth, progress);
        _journal = new JournalStatements(_findings);
        // An engine that is at work may be between the lines and ROOT; without one, lines beyond ROOT stay unsigned.
        _live = FolderLock.IsHeld(dataFolder);
        _derived = new DerivedFileVerifier(dataFolder, DerivedFileKey.Find(dataFolder, signingSeed));
        _scroll = new ScrollVerifier(NoteFile.Read(Path.Combine(dataFolder, ObservabilityLedger.RootFile)), key, _derived.Blake3, _derived.Sha256);
        _head = NoteFile.Read(Path.Combine(dataFolder, Heartbeat.HeadFile));
    }

    /// <summary>Verifies a data folder.</summary>
    /// <param name="dataFolder">The folder.</param>
    /// <param name="key">A key of the scroll: the one that must have signed ROOT, or one that rotations in its receipts lead from, or to.</param>
    /// <param name="depth">How much is read.</param>
    /// <param name="keptRoot">ROOT of an earlier time, kept elsewhere, with its name; null without one.</param>
    /// <param name="progress">Told how far it is, and asked whether to go on; null where nobody waits.</param>
    /// <param name="signingSeed">The signing secret where the environment has it; what derived files are tagged with follows from it.</param>
    public static VerificationReport Run(
        string dataFolder, NoteKey key, VerificationDepth depth, (string Name, byte[] Note)? keptRoot = null, VerificationProgress? progress = null,
        byte[]? signingSeed = null)
    {
        using var verifier = new DataFolderVerifier(dataFolder, key, signingSeed, depth, progress ?? new VerificationProgress(TimeProvider.System));
        if (keptRoot is { } kept)
            verifier._scroll.ExpectGrownFrom(kept.Note, kept.Name);
        return verifier.Run();
    }

    /// <inheritdoc/>
    public void Dispose() => _derived.Dispose();

    private string ScrollPath => Path.Combine(_dataFolder, ReceiptFile.RelativePath);

    private VerificationReport Run()
    {
        VerifyLines();
        if (_head is not null)
            _journal.NoteHead(Heartbeat.HeadFile, _head, _scroll.HeadKeys, _live);
        VerifyPublicKey();
        VerifyCountsOnTheirWay();
        JournalReport? journal = null;
        if (_depth == VerificationDepth.Journal)
            journal = VerifyFilesAndJournal();
        else
            VerifyFiles(null);
        _findings.AddRange(_traces.Select(trace => trace.Compare(_traceHours)).OfType<string>());
        var folder = HourFolder.Scan(_dataFolder);
        VerifyUnreceipted(folder);
        _progress.Begin("derived files");
        var derived = _derived.Run(folder.Sealed, _progress.Cancelled);
        return new VerificationReport(_findings, _scroll.Size, _scroll.Unsigned, _hours.Count, _bytes, folder.Open, _scroll.Key.ToVerifierKey())
        {
            Depth = _depth,
            Derived = derived,
            TagsChecked = _derived.HasSecret,
            Journal = journal,
        };
    }

    private void VerifyLines()
    {
        _progress.Begin("receipts");
        var torn = 0;
        foreach (var line in ReceiptFile.Lines(ScrollPath, bytes => torn = bytes))
        {
            _progress.Cancelled.ThrowIfCancellationRequested();
            if (_scroll.Add(line))
                Check(line, Note);
            _progress.Add(1);
        }
        _live |= FolderLock.IsHeld(_dataFolder);
        _scroll.Finish(_live ? 0 : torn);
        _findings.AddRange(_scroll.Findings);
        if (_scroll.Unsigned > 0 && !_live)
            _findings.Add($"{ObservabilityLedger.RootFile}: found {_scroll.Unsigned} receipts beyond its size and no engine at work, expected ROOT to cover all; an engine that starts on the folder signs them");
    }

    private void Check(byte[] line, Action<JsonElement> check)
    {
        using var document = JsonDocument.Parse(line);
        var receipt = document.RootElement;
        if (ForeignReceipt.Guard(receipt, () => check(receipt)) is { } foreign)
            _findings.Add(foreign);
    }

    private void Note(JsonElement receipt)
    {
        if (receipt.GetProperty("type").ValueEquals(RetentionReceipt.Type))
            NoteExpiry(receipt);
        else if (receipt.TryGetProperty("storage_path", out var path))
            _hours[path.GetString()!] = receipt.Clone();
        else if (receipt.GetProperty("type").ValueEquals("obs_trace_complete") && _depth != VerificationDepth.Bytes)
            _traces.Add(TraceStatement.Of(receipt));
        else if (receipt.GetProperty("type").ValueEquals(GapReceipt.Type))
            _findings.AddRange(GapComparison.Findings(receipt));
        _journal.Note(receipt);
    }

    private JournalReport VerifyFilesAndJournal()
    {
        _progress.Begin("journal records");
        var sealedFiles = _hours.Where(static hour => hour.Value.TryGetProperty("journal", out _)).Select(hour => new SealedStatement(
            hour.Key, JournalStatements.Position(hour.Value.GetProperty("journal").GetProperty("from")), JournalStatements.Position(hour.Value.GetProperty("journal").GetProperty("to")),
            _expired.TryGetValue(hour.Key, out var retention) && retention.GetProperty("remains").ValueKind == JsonValueKind.Null));
        using var journal = JournalComparison.Replay(_dataFolder, [.. sealedFiles], (position, chain) =>
        {
            _progress.Cancelled.ThrowIfCancellationRequested();
            _journal.Check(position, chain);
            _progress.Add(1);
        });
        VerifyFiles(journal);
        var report = journal.Finish();
        _journal.CheckEnd(report.End);
        _findings.AddRange(report.Findings);
        return report;
    }

    private void VerifyFiles(JournalComparison? journal)
    {
        var files = _hours.Select(hour => new ReceiptedFile(hour.Key, hour.Value, RetentionOf(hour.Key))).ToList();
        var hours = new SealedFileVerifier(_dataFolder, _depth, journal, _progress).Run(files, _live, _progress.Cancelled);
        for (var i = 0; i < files.Count; i++)
        {
            var hour = hours[i];
            // A live engine may have dropped some of it since the lines were read, or while the file was.
            while (hour.Findings.Count > 0 && _live)
            {
                var before = _scroll.Size;
                NoteLaterLines();
                hour = new HourVerifier(_dataFolder, files[i].Path, files[i].Receipt, _depth);
                hour.Run(RetentionOf(files[i].Path), _live);
                if (_scroll.Size == before)
                    break;
            }
            _findings.AddRange(hour.Findings);
            _bytes += hour.Bytes;
            if (hour.Traces is { } traces)
                _traceHours.Add(traces);
        }
    }

    private JsonElement? RetentionOf(string path) => _expired.TryGetValue(path, out var retention) ? retention : null;

    // Whoever takes the key from the folder takes this one.
    private void VerifyPublicKey()
    {
        var path = Path.Combine(_dataFolder, SigningKey.PublicFile);
        if (!File.Exists(path))
            return;
        var found = File.ReadAllText(path);
        if (_live && !IsLatestKey(found))
            NoteLaterLines();
        if (!IsLatestKey(found))
            _findings.Add($"{SigningKey.PublicFile}: found {found.Trim()}, expected {_scroll.LatestKeys[0].ToVerifierKey()}, which signs the scroll");
    }

    private bool IsLatestKey(string text) => _scroll.LatestKeys.Any(key => text == key.ToVerifierKey() + "\n");

    private void VerifyCountsOnTheirWay()
    {
        try
        {
            GapState.Read(Path.Combine(_dataFolder, GapState.RelativePath));
        }
        catch (FormatException error)
        {
            _findings.Add($"{GapState.RelativePath}: {error.Message}");
        }
    }

    private void NoteLaterLines()
    {
        foreach (var line in ReceiptFile.Lines(ScrollPath).Skip((int)_scroll.Size))
        {
            // What does not verify excuses nothing; the next run finds it.
            if (!_scroll.Add(line))
                return;
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.GetProperty("type").ValueEquals(RetentionReceipt.Type))
                NoteExpiry(document.RootElement);
            else if (document.RootElement.TryGetProperty("storage_path", out var path))
                _sealedLater.Add(path.GetString()!);
        }
    }

    private void NoteExpiry(JsonElement receipt) => _expired[receipt.GetProperty("storage_path").GetString()!] = receipt.Clone();

    private void VerifyUnreceipted(HourFolder folder)
    {
        foreach (var path in folder.Outboards.Where(path => !_expired.ContainsKey(path)).ToList())
        {
            if (_live)
                NoteLaterLines();
            if (!_expired.ContainsKey(path))
                _findings.Add($"{path}{RemainsHead.Suffix}: found an outboard, expected an obs_retention receipt that says what is gone of the file");
        }
        foreach (var (path, expired) in _expired.Where(hour => !_hours.ContainsKey(hour.Key) && !_sealedLater.Contains(hour.Key)))
            _findings.Add($"{path}: found in receipt seq {expired.GetProperty("seq")} as expired, expected a receipt that it was sealed");
        var unknown = folder.Sealed.Where(path => !_hours.ContainsKey(path) && !folder.BeingSealed.Contains(path)).ToList();
        if (unknown.Count == 0)
            return;
        // A live engine may have sealed them since the lines were read.
        var since = ReceiptFile.Lines(ScrollPath).Select(StoragePathOf).ToHashSet();
        _findings.AddRange(unknown.Where(path => !since.Contains(path)).Select(path => $"{path}: found a sealed file, expected a receipt for it"));
    }

    private static string? StoragePathOf(byte[] line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.TryGetProperty("storage_path", out var path) ? path.GetString() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // A damaged line is a finding of the scroll already; of texts that are not UTF-8 the reader says the latter.
            return null;
        }
    }
}
