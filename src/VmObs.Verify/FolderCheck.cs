using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Verify;

namespace VmObs.Verify;

/// <summary>Checks a data folder: ROOT, each receipt, each file that a receipt names, and HEAD's signature.</summary>
internal static class FolderCheck
{
    private const string Receipts = "receipts/observability/observability_events.jsonl";
    private const string Root = "ROOT.observability.txt";
    private const string Head = "HEAD.observability.txt";

    /// <summary>Writes one finding a line, then a summary.</summary>
    /// <returns>Whether there was no finding.</returns>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static bool Run(string folder, NoteKey key, TextWriter output)
    {
        if (!Directory.Exists(folder))
            throw new IOException($"{folder}: no such folder");
        // ROOT first: a live engine appends lines before it replaces ROOT, so lines read later reach at least as far.
        var scroll = new ScrollVerifier(ReadNote(Path.Combine(folder, Root)), key);
        // HEAD next: the lines then have every key that it may be signed with.
        var headNote = ReadNote(Path.Combine(folder, Head));
        var findings = 0;
        var files = new List<NamedFile>();
        var check = new SealedFileCheck(folder);
        void Report(string finding)
        {
            findings++;
            output.WriteLine(finding);
        }
        var receiptsPath = Path.Combine(folder, Receipts);
        if (File.Exists(receiptsPath))
        {
            var expiries = new Dictionary<string, NamedExpiry>(StringComparer.Ordinal);
            scroll.Finish(ReadLines(receiptsPath, scroll, files, expiries));
            foreach (var file in files)
            {
                if (Finding(check, file, receiptsPath, scroll, expiries) is { } finding)
                    Report($"{Receipts}, line {file.Line}: {finding}");
            }
        }
        else
        {
            Report($"{Receipts}: not there, expected the scroll's receipts");
            scroll.Finish(0);
        }
        foreach (var finding in scroll.Findings)
            Report(finding);
        if (HeadFinding(headNote, scroll.HeadKeys) is { } head)
            Report(head);
        output.WriteLine($"{scroll.Size} receipts, {files.Count} sealed files, {findings} findings; key {key.Name}{(scroll.Key.Equals(key) ? "" : $", rotated to {scroll.Key} since {key.Id:x8}")}");
        if (scroll.Unsigned > 0)
            output.WriteLine($"{scroll.Unsigned} receipts are later than ROOT: right while an engine is writing, to be looked at when none is");
        foreach (var path in check.Unfinished)
            output.WriteLine($"{path}: holds what a receipt says has expired: right while an engine is dropping it; one that starts on the folder does");
        return findings == 0;
    }

    // A folder that no engine has served since there is HEAD has none.
    private static string? HeadFinding(byte[]? note, IReadOnlyList<NoteKey> keys)
    {
        try
        {
            if (note is not null)
                JournalHead.Read(note, keys);
            return null;
        }
        catch (FormatException error)
        {
            return $"{Head}: {error.Message}";
        }
    }

    // At most one byte more than a note may have, whatever lies under its name; null when nothing does.
    private static byte[]? ReadNote(string path)
    {
        if (!File.Exists(path))
            return null;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        var bytes = new byte[(int)Math.Min(file.Length, SignedNote.MaxBytes + 1)];
        file.ReadExactly(bytes);
        return bytes;
    }

    // storage_path names a sealed file; a content_hash without one is of something inside a file.
    private static void Note(byte[] line, long number, List<NamedFile> files, Dictionary<string, NamedExpiry> expiries)
    {
        using var receipt = JsonDocument.Parse(line);
        if (!receipt.RootElement.TryGetProperty("storage_path", out var path))
            return;
        var hash = receipt.RootElement.TryGetProperty("content_hash", out var stated) ? stated.ToString() : "none";
        if (!receipt.RootElement.TryGetProperty("type", out var type) || type.ToString() != "obs_retention")
            files.Add(new NamedFile(number, path.ToString(), hash));
        else if (receipt.RootElement.TryGetProperty("remains", out var remains) && remains.ValueKind == JsonValueKind.Object)
            expiries[path.ToString()] = new NamedExpiry(number, hash, remains.TryGetProperty("outboard_head", out var head) ? head.ToString() : "none");
        else
            expiries[path.ToString()] = new NamedExpiry(number, hash, null);
    }

    /// <summary>Takes the lines that were not taken yet.</summary>
    private static int ReadLines(string path, ScrollVerifier scroll, List<NamedFile> files, Dictionary<string, NamedExpiry> expiries)
    {
        using var lines = new LineReader(path);
        for (var number = 1L; lines.Next() is { } line; number++)
        {
            if (number > scroll.Size && scroll.Add(line))
                Note(line, scroll.Size, files, expiries);
        }
        return lines.TornBytes;
    }

    private static string? Finding(SealedFileCheck check, NamedFile file, string receiptsPath, ScrollVerifier scroll, Dictionary<string, NamedExpiry> expiries)
    {
        var finding = check.Finding(file, expiries.GetValueOrDefault(file.Path));
        // A live engine may have dropped some of it since the lines were read, or while the file was. Files that it sealed meanwhile are for the next run.
        for (var size = -1L; finding is not null && size != scroll.Size;)
        {
            size = scroll.Size;
            ReadLines(receiptsPath, scroll, [], expiries);
            finding = check.Finding(file, expiries.GetValueOrDefault(file.Path));
        }
        return finding;
    }
}
