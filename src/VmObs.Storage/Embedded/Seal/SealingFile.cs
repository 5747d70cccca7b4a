using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Seal;

/// <summary>An hour's file that is written at once when the hour seals: .open, manifest, then its name.</summary>
internal sealed class SealingFile : IDisposable
{
    private readonly DiskFolder _disk;
    private readonly string _path;

    public SealingFile(DiskFolder disk, string dataFolder, HourFile name)
    {
        _disk = disk;
        _path = name.PathIn(dataFolder);
        var folder = Path.GetDirectoryName(_path)!;
        _disk.CreateFolder(folder);
        // An attempt that the disk refused may have left a manifest that calls the file finished: it goes before the file is touched.
        if (System.IO.File.Exists(_path + HourFile.ManifestSuffix))
        {
            _disk.Delete(_path + HourFile.ManifestSuffix);
            _disk.SyncFolder(folder);
        }
        _disk.Delete(_path + HourFile.OpenSuffix);
        File = _disk.Open(_path + HourFile.OpenSuffix, create: true);
    }

    /// <summary>The .open file.</summary>
    public DiskFile File { get; }

    /// <summary>Gives the finished, synced file its name; what it is stands in the manifest first, so that a crash in between loses nothing.</summary>
    public SealedHour Complete(SealedHour hour)
    {
        using (var manifest = HourManifest.Create(_disk, _path + HourFile.ManifestSuffix))
            manifest.AppendSeal(hour);
        _disk.Rename(_path + HourFile.OpenSuffix, _path);
        _disk.SyncFolder(Path.GetDirectoryName(_path)!);
        return hour;
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();
}
