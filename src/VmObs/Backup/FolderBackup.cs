using VmObs.Ledger.Checkpoints;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Storage.Disk;

namespace VmObs.Backup;

/// <summary>Copies a data folder, whether an engine has it or not, so that the copy is what a crash at one moment would have left.</summary>
/// <remarks>
/// While the folder is held, files only begin and grow. What says something of another file is copied before that file, so it never says more
/// than the copy has: marks and counts, runs, manifests, open and sealed hours, ROOT, the receipts that ROOT covers, the rest, the journal.
/// </remarks>
internal sealed class FolderBackup(string source, string target)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    // Of no use to another engine, or not to be believed in a copy that was made later.
    private static readonly HashSet<string> s_left = ["lock", "hold", "journal/synced"];

    private readonly HashSet<string> _copied = new(StringComparer.Ordinal);

    /// <summary>Whether the copy gets the secrets under keys/ as well: who has them can sign in the scroll's name.</summary>
    public bool WithSecrets { get; init; }

    /// <summary>Files copied.</summary>
    public int Files => _copied.Count;

    /// <summary>Bytes copied.</summary>
    public long Bytes { get; private set; }

    /// <summary>Copies; durable when the task completes.</summary>
    /// <exception cref="IOException">A file cannot be read or written; what was copied is no backup.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var hold = await HoldAsync(cancellationToken);
        DiskFolder.Posix.CreateFolder(target);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Copy(Heartbeat.HeadFile);
        Copy(GapState.RelativePath);
        Copy("journal/low-water");
        CopyAll("spill", _ => true, cancellationToken);
        CopyAll("telemetry", path => path.EndsWith(".manifest", StringComparison.Ordinal), cancellationToken);
        CopyAll("telemetry", _ => true, cancellationToken);
        CopyLedger();
        CopyAll("", path => !path.StartsWith("journal/", StringComparison.Ordinal), cancellationToken);
        CopyAll("journal", _ => true, cancellationToken);
        foreach (var folder in Directory.EnumerateDirectories(target, "*", SearchOption.AllDirectories).Append(target))
            DiskFolder.Posix.SyncFolder(folder);
    }

    private async Task<FolderHold> HoldAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_pause, TimeProvider.System);
        while (true)
        {
            // An hour that is being sealed is sealed first.
            if (FolderHold.TryTake(source) is { } hold)
                return hold;
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private void CopyAll(string folder, Func<string, bool> applies, CancellationToken cancellationToken)
    {
        var root = Path.Combine(source, folder);
        if (!Directory.Exists(root))
            return;
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var relative = Path.GetRelativePath(source, path).Replace(Path.DirectorySeparatorChar, '/');
            if (applies(relative) && (WithSecrets || !IsSecret(relative)) && !s_left.Contains(relative) && !relative.EndsWith(".tmp", StringComparison.Ordinal))
                Copy(relative);
        }
    }

    // Whatever stands there and is not said to be public.
    private static bool IsSecret(string relative) => relative.StartsWith("keys/", StringComparison.Ordinal) && !relative.EndsWith(".vkey", StringComparison.Ordinal);

    // Lines beyond ROOT are no receipts yet, and a verifier would take them for something to look at.
    private void CopyLedger()
    {
        if (NoteFile.Read(Path.Combine(source, ObservabilityLedger.RootFile)) is not { } root)
            return;
        var size = Checkpoint.Parse(SignedNote.Parse(root).Text).Size;
        var length = ReceiptFile.Lines(Path.Combine(source, ReceiptFile.RelativePath)).Take((int)size).Sum(line => line.Length + 1L);
        Write(ObservabilityLedger.RootFile, root);
        Copy(ReceiptFile.RelativePath, length);
    }

    private void Copy(string relative, long? length = null)
    {
        var from = Path.Combine(source, relative);
        if (!File.Exists(from) || !_copied.Add(relative))
            return;
        var to = Path.Combine(target, relative);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        // Shares the blocks where the file system can.
        File.Copy(from, to);
        using var file = DiskFolder.Posix.Open(to, create: false);
        if (length is { } cut)
            file.SetLength(cut);
        file.Sync();
        Bytes += file.Length;
    }

    private void Write(string relative, byte[] content)
    {
        _copied.Add(relative);
        DiskFolder.Posix.Replace(Path.Combine(target, relative), content);
        Bytes += content.Length;
    }
}
