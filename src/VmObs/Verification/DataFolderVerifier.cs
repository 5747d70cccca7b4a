using System.Text.Json;
using VmObs.Folder;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Verify;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Storage.Embedded.Verify;

namespace VmObs.Verification;

/// <summary>Checks a data folder against itself and a key: every line, every root, ROOT, HEAD, every sealed file and what its receipts say of it.</summary>
/// <remarks>Reads only; an engine may be writing meanwhile. ROOT is read before the lines, and the lines before the files, so that each covers
/// no more than what comes after it.</remarks>
internal sealed class DataFolderVerifier
{
    private readonly string _dataFolder;
    private readonly NoteKey _key;
    private readonly List<string> _findings = [];
    private readonly Dictionary<string, JsonElement> _hours = new(StringComparer.Ordinal);
    private readonly List<JsonElement> _traces = [];
    private readonly List<TraceHour> _traceHours = [];
    private readonly JournalStatements _journal;
    private long _bytes;

    private DataFolderVerifier(string dataFolder, NoteKey key)
    {
        _dataFolder = dataFolder;
        _key = key;
        _journal = new JournalStatements(_findings);
    }

    /// <summary>Verifies a data folder.</summary>
    /// <param name="dataFolder">The folder.</param>
    /// <param name="key">The key that must have signed ROOT.</param>
    public static VerificationReport Run(string dataFolder, NoteKey key) => new DataFolderVerifier(dataFolder, key).Run();

    private string ScrollPath => Path.Combine(_dataFolder, ReceiptFile.RelativePath);

    private VerificationReport Run()
    {
        // An engine that is at work may be between the lines and ROOT; without one, lines beyond ROOT stay unsigned.
        var live = FolderLock.IsHeld(_dataFolder);
        var rootPath = Path.Combine(_dataFolder, ObservabilityLedger.RootFile);
        var scroll = new ScrollVerifier(NoteFile.Read(rootPath), _key);
        var torn = 0;
        foreach (var line in ReceiptFile.Lines(ScrollPath, bytes => torn = bytes))
        {
            if (scroll.Add(line))
                Note(line);
        }
        live |= FolderLock.IsHeld(_dataFolder);
        scroll.Finish(live ? 0 : torn);
        _findings.AddRange(scroll.Findings);
        if (scroll.Unsigned > 0 && !live)
            _findings.Add($"{ObservabilityLedger.RootFile}: found {scroll.Unsigned} receipts beyond its size and no engine at work, expected ROOT to cover all; an engine that starts on the folder signs them");
        if (NoteFile.Read(Path.Combine(_dataFolder, Heartbeat.HeadFile)) is { } head)
            _journal.NoteHead(Heartbeat.HeadFile, head, _key, live);
        VerifyCountsOnTheirWay();
        foreach (var (path, receipt) in _hours)
            VerifyHour(path, receipt);
        foreach (var receipt in _traces)
            VerifyTrace(receipt);
        var folder = HourFolder.Scan(_dataFolder);
        VerifyUnreceipted(folder);
        return new VerificationReport(_findings, scroll.Size, scroll.Unsigned, _hours.Count, _bytes, folder.Open, _key.ToVerifierKey());
    }

    private void Note(byte[] line)
    {
        using var document = JsonDocument.Parse(line);
        var receipt = document.RootElement.Clone();
        if (receipt.TryGetProperty("storage_path", out var path))
            _hours[path.GetString()!] = receipt;
        else if (receipt.GetProperty("type").ValueEquals("obs_trace_complete"))
            _traces.Add(receipt);
        else if (receipt.GetProperty("type").ValueEquals(GapReceipt.Type))
            _findings.AddRange(GapComparison.Findings(receipt));
        _journal.Note(receipt);
    }

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

    private void VerifyHour(string path, JsonElement receipt)
    {
        HourContent? content;
        try
        {
            content = HourContent.Read(_dataFolder, path);
        }
        catch (IOException)
        {
            _findings.Add($"{path}: found no readable file, expected one with content_hash {Text(receipt, "content_hash")} (receipt seq {receipt.GetProperty("seq")})");
            return;
        }
        if (content is null)
        {
            _findings.Add($"{path}: found in receipt seq {receipt.GetProperty("seq")}, expected the path of an hour file");
            return;
        }
        _bytes += content.Length;
        if (Text(receipt, "content_hash") != "blake3:" + content.ContentHash)
            _findings.Add($"{path}: found content_hash blake3:{content.ContentHash}, expected {Text(receipt, "content_hash")}{(content.Findings.Count > 0 ? "; " + content.Findings[0] : "")}");
        else
            _findings.AddRange(content.Findings);
        // What cannot be read whole says nothing about counts.
        if (content.Findings.Count > 0)
            return;
        var expect = new ReceiptComparison(path, receipt, _findings);
        if (content.Logs is { } logs)
            expect.Logs(logs);
        if (content.Metrics is { } metrics)
            expect.Metrics(metrics);
        if (content.Traces is { } traces)
            expect.Traces(traces);
        if (receipt.GetProperty("type").ValueEquals("obs_trace_batch"))
            _traceHours.Add(TraceHour.Of(path, receipt, content.Leaves));
    }

    /// <summary>A significant trace's leaf must stand in the first batch of its hour that was sealed after the decision; none yet: the hour is open.</summary>
    private void VerifyTrace(JsonElement receipt)
    {
        var id = Text(receipt, "trace_id");
        var decision = receipt.GetProperty("decision").GetInt64();
        var hour = TraceHour.StartOf(receipt);
        var batch = _traceHours.Where(batch => batch.Start == hour && batch.JournalTo >= decision).MinBy(batch => batch.JournalTo);
        if (batch is null)
            return;
        var expected = Text(receipt, "content_hash");
        var found = batch.Leaves.TryGetValue((id, decision), out var leaf) ? "blake3:" + leaf : "no such trace";
        if (found != expected)
            _findings.Add($"{batch.Path}: trace {id}, decision {decision}: found {found}, expected leaf {expected} (receipt seq {receipt.GetProperty("seq")})");
    }

    private void VerifyUnreceipted(HourFolder folder)
    {
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
        catch (JsonException)
        {
            // A damaged line is a finding of the scroll already.
            return null;
        }
    }

    private static string Text(JsonElement receipt, string member) => receipt.GetProperty(member).GetString()!;
}
