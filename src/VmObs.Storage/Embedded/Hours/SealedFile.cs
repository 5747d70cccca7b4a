using VmObs.Ledger.Remains;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A sealed hour file as a reader holds it, with what is gone of it by now. Whoever opens it disposes it.</summary>
/// <remarks>
/// A part may expire while it is read. The outboard's head says so before the first byte goes, so whoever meets damage looks again
/// (<see cref="LookAgain"/>) and takes for damage only what should still be there.
/// </remarks>
internal sealed class SealedFile : IDisposable
{
    private readonly DiskFolder _disk;

    private SealedFile(DiskFolder disk, DiskFile file)
    {
        (_disk, File) = (disk, file);
        Remains = RemainsFile.ReadHead(disk, file.Path);
    }

    /// <summary>The file.</summary>
    public DiskFile File { get; }

    /// <summary>What is gone of it; null when nothing is.</summary>
    public RemainsHead? Remains { get; private set; }

    /// <summary>Opens a sealed file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static SealedFile Open(DiskFolder disk, string path)
    {
        var file = disk.OpenRead(path);
        try
        {
            return new SealedFile(disk, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a part that is dropped as a whole is gone.</summary>
    public bool IsGone(long offset, long length) => Remains?.Covers(offset, length) ?? false;

    /// <summary>Looks what is gone by now; whether that is more than before.</summary>
    public bool LookAgain()
    {
        var before = Remains?.GoneBytes ?? 0;
        Remains = RemainsFile.ReadHead(_disk, File.Path);
        return Remains?.GoneBytes > before;
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();
}
