using System.Globalization;
using System.Runtime.InteropServices;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Storage.Disk;

namespace VmObs.Receipts.Tables;

/// <summary>The tiles of one tree on disk, a file a level. Format: docs/format/tlog.md.</summary>
/// <remarks>One writer, any number of readers.</remarks>
internal sealed class TileFiles : IMerkleTiles, IMerkleTileSink, IDisposable
{
    // 256^8 leaves are more than a size can say.
    private const int Levels = 8;

    private readonly TableFile[] _levels;

    /// <summary>Opens the files that there are.</summary>
    public TileFiles(DiskFolder disk, string folder) =>
        _levels = [.. Enumerable.Range(0, Levels).Select(level => new TableFile(disk, Path.Combine(folder, level.ToString(CultureInfo.InvariantCulture)), Digest.Bytes))];

    /// <summary>Of how many leaves all hashes are there.</summary>
    public long Size
    {
        get
        {
            var size = _levels[0].Count;
            for (var level = 1; level < Levels; level++)
            {
                var complete = size >> (level * MerkleTiles.Height);
                if (_levels[level].Count < complete)
                    size = _levels[level].Count << (level * MerkleTiles.Height);
            }
            return size;
        }
    }

    /// <inheritdoc/>
    public void Read(int level, long first, Span<Digest> hashes) => _levels[level].Read(first, MemoryMarshal.AsBytes(hashes));

    /// <inheritdoc/>
    public void Add(int level, in Digest hash) => _levels[level].Add(hash.Span);

    /// <summary>What makes each hash that it is given, from the tree's first leaf on, what it should be.</summary>
    public TileMender Mender() => new(_levels);

    /// <summary>Forgets the leaves from one on.</summary>
    public void Cut(long size)
    {
        for (var level = 0; level < Levels; level++)
            _levels[level].Cut(size >> (level * MerkleTiles.Height));
    }

    /// <summary>Writes what was added; not durable before <see cref="SyncDurably"/>.</summary>
    /// <exception cref="IOException">The disk refused; the next call writes it again.</exception>
    public void Write()
    {
        foreach (var level in _levels)
            level.Write();
    }

    /// <summary>Writes what was added; it is durable when this returns.</summary>
    /// <exception cref="IOException">As for <see cref="Write"/>.</exception>
    public void SyncDurably()
    {
        foreach (var level in _levels)
            level.SyncDurably();
    }

    public void Dispose()
    {
        foreach (var level in _levels)
            level.Dispose();
    }
}
