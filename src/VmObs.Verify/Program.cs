using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Verify;
using VmObs.Verify;

// vm-obs-verify DIR [--vkey KEY]: checks a data folder's receipts, ROOT and sealed files with the ledger library alone.
if (args is not ([_] or [_, "--vkey", _]))
{
    Console.Error.WriteLine("usage: vm-obs-verify DIR [--vkey KEY]\nexit codes: 0 all verified, 1 findings, 2 usage");
    return 2;
}
var folder = args[0];
var keyFile = Path.Combine(folder, "keys", "observability.vkey");
if (args.Length == 1)
    Console.Error.WriteLine($"note: the key is taken from {keyFile}; a key that you got elsewhere proves more (--vkey)");
NoteKey key;
try
{
    key = NoteKey.Parse(args.Length == 3 ? args[2] : File.ReadAllText(keyFile));
}
catch (Exception error) when (error is FormatException or IOException)
{
    Console.Error.WriteLine($"vm-obs-verify: {error.Message}");
    return 2;
}

var rootPath = Path.Combine(folder, "ROOT.observability.txt");
var scroll = new ScrollVerifier(File.Exists(rootPath) ? File.ReadAllBytes(rootPath) : null, key);
var findings = new List<string>();
var files = 0;
using (var lines = new LineReader(Path.Combine(folder, "receipts", "observability", "observability_events.jsonl")))
{
    while (lines.Next() is { } line)
    {
        if (!scroll.Add(line))
            continue;
        using var receipt = JsonDocument.Parse(line);
        if (!receipt.RootElement.TryGetProperty("storage_path", out var path) || !receipt.RootElement.TryGetProperty("content_hash", out var hash))
            continue;
        files++;
        if (FileFinding(path.GetString()!, hash.GetString()!) is { } finding)
            findings.Add(finding);
    }
    scroll.Finish(lines.TornBytes);
}
foreach (var finding in scroll.Findings.Concat(findings))
    Console.WriteLine(finding);
Console.WriteLine($"{scroll.Size} receipts, {files} sealed files, {scroll.Findings.Count + findings.Count} findings; signed by {key.Name}");
return scroll.Findings.Count + findings.Count == 0 ? 0 : 1;

string? FileFinding(string storagePath, string contentHash)
{
    var full = Path.GetFullPath(Path.Combine(folder, storagePath));
    if (!full.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        return $"{storagePath}: leads out of the data folder";
    if (!File.Exists(full))
        return $"{storagePath}: missing, expected a file with content_hash {contentHash}";
    var hasher = new Blake3Hasher();
    using var file = File.OpenRead(full);
    var buffer = new byte[1024 * 1024];
    for (int read; (read = file.Read(buffer)) > 0;)
        hasher.Update(buffer.AsSpan(0, read));
    var found = "blake3:" + hasher.Finish().ToHex();
    return found == contentHash ? null : $"{storagePath}: found content_hash {found}, expected {contentHash}";
}
