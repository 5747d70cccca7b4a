using VmObs.Storage.Disk;

namespace VmObs.Receipts;

/// <summary>The JSONL as a file: appends whole lines durably, and goes on after a write that the disk refused.</summary>
/// <remarks>Not thread-safe. Whoever opens it disposes it.</remarks>
internal sealed class ScrollFile : IDisposable
{
    private readonly DiskFolder _disk;
    private DiskFile? _file;

    private ScrollFile(DiskFolder disk, string path, DiskFile file, long length)
    {
        _disk = disk;
        Path = path;
        _file = file;
        Length = length;
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Bytes that are durable, all of them whole lines.</summary>
    public long Length { get; private set; }

    /// <summary>Opens or begins the file, cut to its whole lines, all of which are durable when this returns.</summary>
    /// <param name="disk">Where it is.</param>
    /// <param name="path">Absolute path.</param>
    /// <param name="length">Bytes of whole lines.</param>
    /// <param name="provenLength">Bytes that are known to be durable.</param>
    public static ScrollFile Open(DiskFolder disk, string path, long length, long provenLength)
    {
        var folder = System.IO.Path.GetDirectoryName(path)!;
        disk.CreateFolder(folder);
        var isNew = !File.Exists(path);
        var file = disk.Open(path, create: isNew);
        try
        {
            disk.SyncFolder(folder);
            Rewrite(file, provenLength, length);
            Cut(file, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        return new ScrollFile(disk, path, file, length);
    }

    /// <summary>Appends lines; they are durable when this returns.</summary>
    /// <exception cref="IOException">The disk refused: what the file holds beyond <see cref="Length"/> does not count.</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        try
        {
            if (_file is null)
            {
                // A descriptor whose sync failed has told so once and forgotten it: what counts is what a new one can sync.
                _file = _disk.Open(Path, create: false);
                Cut(_file, Length);
            }
            _file.Write(lines, Length);
            _file.Sync();
            Length += lines.Length;
        }
        catch (IOException)
        {
            _file?.Dispose();
            _file = null;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    // What was read may be in the page cache only, and clean there when its sync had failed: written once more it is synced for certain.
    private static void Rewrite(DiskFile file, long from, long to)
    {
        if (from == to)
            return;
        var lines = new byte[to - from];
        file.Read(lines, from);
        file.Write(lines, from);
    }

    private static void Cut(DiskFile file, long length)
    {
        if (file.Length > length)
            file.SetLength(length);
        // Lines that a crash left unsynced must not be outlived by the ROOT that is written over them.
        file.Sync();
    }
}
