using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Runs that a query reads: not closed before it lets go.</summary>
internal sealed class HeldRuns : IDisposable
{
    private readonly HashSet<SharedFile> _files = [];

    /// <summary>Takes hold of the run of each part; false, with nothing held, when one is closed because its hours are sealed by now.</summary>
    public bool TryHold(IEnumerable<RunPart> parts)
    {
        foreach (var file in parts.Select(part => part.File.Shared).Where(file => !_files.Contains(file)))
        {
            if (!file.TryHold())
            {
                Dispose();
                return false;
            }
            _files.Add(file);
        }
        return true;
    }

    /// <summary>Lets go.</summary>
    public void Dispose()
    {
        foreach (var file in _files)
            file.Release();
        _files.Clear();
    }
}
