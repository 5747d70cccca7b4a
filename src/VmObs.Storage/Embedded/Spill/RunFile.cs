using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>A finished run: closed once all its hours are sealed and its last reader has let go; its owner deletes it.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class RunFile(DiskFolder disk, DiskFile file, RunFooter footer)
{
    private readonly SharedFile _shared = new(file);
    private int _unsealed = footer.Sections.Count;

    /// <summary>What it holds.</summary>
    public RunFooter Footer => footer;

    /// <summary>Absolute path.</summary>
    public string Path => file.Path;

    /// <summary>The file, for those who hold it.</summary>
    public SharedFile Shared => _shared;

    /// <summary>One of its hours is sealed: nothing reads that part any more.</summary>
    /// <returns>Whether it was the last one.</returns>
    public bool SectionSealed()
    {
        if (Interlocked.Decrement(ref _unsealed) > 0)
            return false;
        _shared.Release();
        return true;
    }

    /// <summary>Deletes the file. Not synced: a deletion that a crash takes back is found out at the next start.</summary>
    /// <exception cref="IOException">The disk refused; the next start finds the file again.</exception>
    public void Delete() => disk.Delete(Path);

    /// <summary>Lets go of the file and leaves it for the next start.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _unsealed, 0) > 0)
            _shared.Release();
    }
}

/// <summary>One hour's part of a run.</summary>
/// <param name="File">The run.</param>
/// <param name="Section">Its part.</param>
internal sealed record RunPart(RunFile File, RunSection Section)
{
    /// <summary>A cursor over the part; the file is held while it is used.</summary>
    public RunCursor Open() => new(File.Shared.File, Section);
}
