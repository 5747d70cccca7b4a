using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Storage.Embedded.Head;

/// <summary>An open log hour on disk: the .open file and its manifest.</summary>
/// <remarks>Not thread-safe but for <see cref="Shared"/>. When the disk refuses a write, file and manifest are let go, and the next write takes them
/// up, cut to the last good flush, through new descriptors: one whose sync failed has told so once and forgotten it.</remarks>
internal sealed class LogHourFile(DiskFolder disk, string path, GramKey keys) : IDisposable
{
    private volatile SharedFile? _file;
    private GramFile _grams = new(disk, path, keys);
    private LogFileWriter? _writer;
    private HourManifest? _manifest;
    private long _manifestLength;
    private SealedHour? _finished;
    private bool _sealIsNoted;

    /// <summary>The .open file, for readers; null until the first flush.</summary>
    public SharedFile? Shared => _file;

    /// <summary>The file's grams, for readers.</summary>
    public GramReader Grams { get; } = new(disk, path, keys);

    /// <summary>The last good flush; null before the first.</summary>
    public HourFlush? Flushed { get; private set; }

    /// <summary>Bytes of the manifest that are durable; safe to read from any thread.</summary>
    public long ManifestLength => Volatile.Read(ref _manifestLength);

    /// <summary>The blocks in the file after the last good flush.</summary>
    public IReadOnlyList<LogBlock> Blocks { get; private set; } = [];

    /// <summary>Takes up a file where its manifest left it.</summary>
    /// <exception cref="DamagedFileException">The file is shorter than what its manifest says was flushed.</exception>
    public static LogHourFile Resume(DiskFolder disk, string path, GramKey keys, HourManifest manifest, HourManifestState state)
    {
        var hour = new LogHourFile(disk, path, keys) { Flushed = state.Flush!, Blocks = state.Blocks, _manifest = manifest, _manifestLength = manifest.Length };
        hour._grams = GramFile.Resume(disk, path, keys, state.Blocks);
        hour.OpenFile(state.Flush!);
        return hour;
    }

    /// <summary>Appends lines; they are durable, and the manifest says so, when this returns.</summary>
    /// <param name="write">Writes the lines.</param>
    /// <param name="describe">What the manifest is to say.</param>
    /// <returns>All blocks of the file.</returns>
    /// <exception cref="IOException">The disk refused; the file is as before, and asking again tries again.</exception>
    public IReadOnlyList<LogBlock> Flush(Action<LogFileWriter> write, Func<LogFileWriter, HourFlush> describe) => Write((writer, manifest) =>
    {
        var grams = new GramCollector();
        writer.Closing = grams;
        write(writer);
        writer.Flush();
        var blocks = writer.Blocks.ToArray();
        var flush = describe(writer);
        manifest.AppendFlush(flush, blocks.Skip(Blocks.Count));
        Volatile.Write(ref _manifestLength, manifest.Length);
        // Behind the manifest: a gram file never knows blocks that do not count.
        _grams.Append(grams.TakeGroups(), blocks, Blocks.Count);
        (Flushed, Blocks) = (flush, blocks);
        return Blocks;
    });

    /// <summary>Finishes the file and gives it its name.</summary>
    /// <param name="describe">What its receipt will say.</param>
    /// <exception cref="IOException">The disk refused; asking again tries again.</exception>
    public SealedHour Finish(Func<LogFileSummary, SealedHour> describe)
    {
        _finished ??= Write((writer, _) => describe(writer.Finish()));
        NoteSeal(_finished);
        // Not there: an earlier attempt got as far as this.
        if (File.Exists(path + HourFile.OpenSuffix))
            disk.Rename(path + HourFile.OpenSuffix, path);
        disk.SyncFolder(Path.GetDirectoryName(path)!);
        return _finished;
    }

    /// <summary>Lets go of the files; readers that hold them go on.</summary>
    public void Dispose()
    {
        LetGo();
        _grams.Dispose();
        Grams.Dispose();
        _file?.Release();
    }

    private T Write<T>(Func<LogFileWriter, HourManifest, T> write)
    {
        try
        {
            if (_writer is null && Flushed is { } flushed)
                Reopen(flushed);
            else if (_writer is null)
                Create();
            return write(_writer!, _manifest!);
        }
        catch (IOException)
        {
            LetGo();
            throw;
        }
    }

    // Apart from the file: once that is finished it must not be cut again, because the manifest may say so though the disk reported otherwise.
    private void NoteSeal(SealedHour hour)
    {
        if (_sealIsNoted)
            return;
        try
        {
            _manifest ??= HourManifest.Reopen(disk, path + HourFile.ManifestSuffix, _manifestLength);
            _manifest.AppendSeal(hour);
            _sealIsNoted = true;
        }
        catch (IOException)
        {
            LetGo();
            throw;
        }
    }

    private void Create()
    {
        var folder = Path.GetDirectoryName(path)!;
        disk.CreateFolder(folder);
        disk.Delete(path + HourFile.OpenSuffix);
        _manifest = HourManifest.Create(disk, path + HourFile.ManifestSuffix);
        var file = disk.Open(path + HourFile.OpenSuffix, create: true);
        Exchange(file);
        disk.SyncFolder(folder);
        _writer = new LogFileWriter(file);
    }

    private void Reopen(HourFlush flushed)
    {
        _manifest = HourManifest.Reopen(disk, path + HourFile.ManifestSuffix, _manifestLength);
        OpenFile(flushed);
    }

    private void OpenFile(HourFlush flushed)
    {
        var file = disk.Open(path + HourFile.OpenSuffix, create: false);
        Exchange(file);
        _writer = LogFileWriter.Resume(file, flushed.Length, flushed.HashState, Blocks);
    }

    private void Exchange(DiskFile file)
    {
        var old = _file;
        _file = new SharedFile(file);
        old?.Release();
    }

    private void LetGo()
    {
        _writer?.Dispose();
        _manifest?.Dispose();
        (_writer, _manifest) = (null, null);
    }
}
