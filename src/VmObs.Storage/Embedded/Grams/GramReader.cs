using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>The gram file of one log file as queries use it: opened when it is first needed, and followed as it grows.</summary>
/// <remarks>Thread-safe. It keeps the file that it opened: a gram file that is made anew under the same name has its groups elsewhere.</remarks>
internal sealed class GramReader(DiskFolder disk, string logPath, GramKey keys) : IDisposable
{
    private readonly Blake3Mode _key = keys.Of(logPath);
    private readonly Lock _lock = new();
    private SharedFile? _file;
    private GramIndex _index = GramIndex.Empty;
    private bool _isDisposed;

    /// <summary>Takes back from blocks that may be asked for those that cannot hold what is looked for.</summary>
    /// <param name="blocks">The log file's blocks.</param>
    /// <param name="query">What is looked for.</param>
    /// <param name="asked">For each block whether it may be asked for.</param>
    /// <returns>How much of the file it knows.</returns>
    public GramCoverage Narrow(IReadOnlyList<LogBlock> blocks, GramQuery query, Span<bool> asked)
    {
        if (Hold(blocks) is not var (file, index))
            return new GramCoverage(0, IsWhole: true);
        try
        {
            return new GramCoverage(index.Covered, index.Narrow(file.File, query, asked) && index.End >= file.File.Length);
        }
        catch (IOException)
        {
            // What could not be read is as if it were not there.
            return new GramCoverage(index.Covered, IsWhole: false);
        }
        finally
        {
            file.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _file?.Release();
            _file = null;
        }
    }

    private (SharedFile File, GramIndex Index)? Hold(IReadOnlyList<LogBlock> blocks)
    {
        lock (_lock)
        {
            if (_isDisposed)
                return null;
            try
            {
                _file ??= File.Exists(logPath + GramFile.Suffix) ? new SharedFile(disk.OpenRead(logPath + GramFile.Suffix)) : null;
                if (_file is null || !_file.TryHold())
                    return null;
            }
            catch (IOException)
            {
                // As above.
                return null;
            }
            _index = _index.Extend(_file.File, blocks, _key);
            return (_file, _index);
        }
    }
}

/// <summary>How much of a log file its gram file knows.</summary>
/// <param name="Blocks">Blocks of which it has groups.</param>
/// <param name="IsWhole">Whether all that was looked at was as it was written, and nothing else is in the file but what is about to be.</param>
internal readonly record struct GramCoverage(int Blocks, bool IsWhole);
