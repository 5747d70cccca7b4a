using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>A log file as a query reads it: sealed, or open with the blocks that count. Whoever makes it disposes it.</summary>
internal sealed class LogSegment : IDisposable
{
    private readonly Lock _looking = new();
    private readonly SealedFile? _sealed;

    /// <summary>A sealed file, which the segment closes.</summary>
    public LogSegment(SealedFile file) => (_sealed, File) = (file, file.File);

    /// <summary>An open hour's file, which its holder keeps open.</summary>
    public LogSegment(DiskFile file) => File = file;

    /// <summary>The file.</summary>
    public DiskFile File { get; }

    /// <summary>Whether a block has expired.</summary>
    public bool IsGone(LogBlock block)
    {
        lock (_looking)
            return _sealed is not null && _sealed.IsGone(block.Offset, block.Length);
    }

    /// <summary>Whether a block that turned out damaged has expired since the file was opened.</summary>
    public bool IsGoneByNow(LogBlock block)
    {
        lock (_looking)
        {
            // Another thread may have looked between this one's reading and its asking.
            return _sealed is not null && (_sealed.IsGone(block.Offset, block.Length) || (_sealed.LookAgain() && _sealed.IsGone(block.Offset, block.Length)));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _sealed?.Dispose();
}
