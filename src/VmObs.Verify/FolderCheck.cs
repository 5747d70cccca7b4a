using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
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
        var findings = 0;
        var files = 0;
        void Report(string finding)
        {
            findings++;
            output.WriteLine(finding);
        }
        var receiptsPath = Path.Combine(folder, Receipts);
        if (File.Exists(receiptsPath))
        {
            using var lines = new LineReader(receiptsPath);
            while (lines.Next() is { } line)
            {
                if (!scroll.Add(line) || NamedFile(line) is not { } named)
                    continue;
                files++;
                if (FileFinding(folder, named.Path, named.Hash) is { } finding)
                    Report($"{Receipts}, line {scroll.Size}: {finding}");
            }
            scroll.Finish(lines.TornBytes);
        }
        else
        {
            Report($"{Receipts}: not there, expected the scroll's receipts");
            scroll.Finish(0);
        }
        foreach (var finding in scroll.Findings)
            Report(finding);
        if (HeadFinding(Path.Combine(folder, Head), key) is { } head)
            Report(head);
        output.WriteLine($"{scroll.Size} receipts, {files} sealed files, {findings} findings; key {key.Name}");
        if (scroll.Unsigned > 0)
            output.WriteLine($"{scroll.Unsigned} receipts are later than ROOT: right while an engine is writing, to be looked at when none is");
        return findings == 0;
    }

    // A folder that no engine has served since there is HEAD has none.
    private static string? HeadFinding(string path, NoteKey key)
    {
        try
        {
            if (ReadNote(path) is { } note)
                JournalHead.Read(note, key);
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
    private static (string Path, string Hash)? NamedFile(byte[] line)
    {
        using var receipt = JsonDocument.Parse(line);
        return receipt.RootElement.TryGetProperty("storage_path", out var path)
            ? (path.ToString(), receipt.RootElement.TryGetProperty("content_hash", out var hash) ? hash.ToString() : "none")
            : null;
    }

    private static string? FileFinding(string folder, string storagePath, string contentHash)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var full = Path.GetFullPath(Path.Combine(root, storagePath));
        if (!full.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return $"{storagePath}: leads out of the data folder";
        if (!File.Exists(full))
            return $"{storagePath}: not there, expected a file with content_hash {contentHash}";
        try
        {
            var found = "blake3:" + HashOf(full).ToHex();
            return found == contentHash ? null : $"{storagePath}: found content_hash {found}, expected {contentHash}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{storagePath}: cannot be read: {error.Message}";
        }
    }

    private static Digest HashOf(string path)
    {
        var hasher = new Blake3Hasher();
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        var buffer = new byte[1024 * 1024];
        for (int read; (read = file.Read(buffer)) > 0;)
            hasher.Update(buffer.AsSpan(0, read));
        return hasher.Finish();
    }
}
