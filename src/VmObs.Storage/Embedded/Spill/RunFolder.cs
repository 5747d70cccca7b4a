using System.Globalization;
using VmObs.Signals;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>The runs of one signal: spill/metrics/00000000000000000042.run, named by the last position of the journal that they hold.</summary>
internal sealed class RunFolder(DiskFolder disk, string dataFolder, Signal signal)
{
    private const string Extension = ".run";
    private const string TemporaryExtension = ".tmp";

    private readonly string _path = Path.Combine(dataFolder, "spill", signal == Signal.Metrics ? "metrics" : "traces");

    /// <summary>Opens all finished runs in order; deletes what a crash left of unfinished ones.</summary>
    /// <exception cref="DamagedFileException">A run's footer is not what was written.</exception>
    public List<RunFile> Open()
    {
        disk.CreateFolder(_path);
        var runs = new List<RunFile>();
        foreach (var path in Directory.EnumerateFiles(_path).Order(StringComparer.Ordinal))
        {
            if (path.EndsWith(TemporaryExtension, StringComparison.Ordinal))
                disk.Delete(path);
            else if (path.EndsWith(Extension, StringComparison.Ordinal))
                runs.Add(Open(path));
        }
        // A run whose name is not durable yet must not be relied upon.
        disk.SyncFolder(_path);
        return runs;
    }

    /// <summary>Writes a run; it is durable, with its name, when this returns.</summary>
    /// <param name="lastPosition">The last position of the journal that it holds.</param>
    /// <param name="write">Writes the sections and finishes.</param>
    public RunFile Write(long lastPosition, Func<RunWriter, RunFooter> write)
    {
        var path = PathOf(lastPosition);
        var temporary = path + TemporaryExtension;
        // Left by an attempt that the disk refused.
        disk.Delete(temporary);
        using (var file = disk.Open(temporary, create: true))
        using (var writer = new RunWriter(file))
            write(writer);
        disk.Rename(temporary, path);
        disk.SyncFolder(_path);
        return Open(path);
    }

    /// <summary>Where a run lies.</summary>
    public string PathOf(long lastPosition) => Path.Combine(_path, lastPosition.ToString("D20", CultureInfo.InvariantCulture) + Extension);

    private RunFile Open(string path)
    {
        var file = disk.OpenRead(path);
        try
        {
            return new RunFile(disk, file, RunFooter.Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
