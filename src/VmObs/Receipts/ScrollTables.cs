using VmObs.Ledger.Merkle;
using VmObs.Ledger.Receipts;
using VmObs.Receipts.Tables;
using VmObs.Storage.Disk;

namespace VmObs.Receipts;

/// <summary>What is derived of the scroll and stored: the tiles of its two trees, and its index. A start takes over what they say of all but the last
/// receipts, and makes them again of the scroll where they are missing or not what was written.</summary>
/// <remarks>One writer, any number of readers. Whatever ROOT covers of full groups of <see cref="GroupReceipts"/> is durable.</remarks>
internal sealed class ScrollTables : IDisposable
{
    /// <summary>The folder in the data folder.</summary>
    public const string Folder = "tlog";

    /// <summary>The index's file in it.</summary>
    public const string IndexFile = "index";

    /// <summary>Receipts between two syncs; a start checks the lines after the last one.</summary>
    public const int GroupReceipts = 4096;

    // A start checks at least so many lines against trees and ROOT.
    private const int CheckedReceipts = 256;

    private long _durableGroups;

    /// <summary>Opens what there is.</summary>
    /// <param name="disk">Where it is.</param>
    /// <param name="dataFolder">The data folder.</param>
    /// <param name="indexKey">32 secret bytes for the index.</param>
    /// <param name="linesFrom">The scroll's lines from an offset on.</param>
    public ScrollTables(DiskFolder disk, string dataFolder, byte[] indexKey, Func<long, IEnumerable<byte[]>> linesFrom)
    {
        var folder = Path.Combine(dataFolder, Folder);
        Blake3 = new TileFiles(disk, Path.Combine(folder, "blake3"));
        Sha256 = new TileFiles(disk, Path.Combine(folder, "sha256"));
        Index = new ReceiptIndex(disk, Path.Combine(folder, IndexFile), indexKey, linesFrom);
    }

    /// <summary>Tiles of the tree whose root each line carries.</summary>
    public TileFiles Blake3 { get; }

    /// <summary>Tiles of the tree that log tools read.</summary>
    public TileFiles Sha256 { get; }

    /// <summary>Where each receipt stands.</summary>
    public ReceiptIndex Index { get; }

    /// <summary>How many of the receipts that ROOT covers may be taken over: full groups that are stored, with some left to check.</summary>
    public long TakenOver(long rootSize)
    {
        var size = Math.Min(Math.Min(Blake3.Size, Sha256.Size), Math.Min(Index.Stored, rootSize - CheckedReceipts));
        return size <= 0 ? 0 : size / GroupReceipts * GroupReceipts;
    }

    /// <summary>Takes over the first receipts.</summary>
    /// <param name="size">As <see cref="TakenOver"/> says.</param>
    /// <param name="others">Gets those that are of no trace.</param>
    /// <returns>The scroll over them; null when the index is not what was written.</returns>
    public ReceiptScroll? Take(long size, List<long> others)
    {
        if (!Index.Take(size, others))
            return null;
        Blake3.Cut(size);
        Sha256.Cut(size);
        _durableGroups = size / GroupReceipts;
        return new ReceiptScroll(MerkleTiles.Frontier<Blake3MerkleHash>(Blake3, size), MerkleTiles.Frontier<Sha256MerkleHash>(Sha256, size))
        {
            Blake3Tiles = Blake3,
            Sha256Tiles = Sha256,
        };
    }

    /// <summary>Forgets everything.</summary>
    /// <returns>The empty scroll.</returns>
    public ReceiptScroll Clear()
    {
        Index.Clear();
        Cut(0);
        _durableGroups = 0;
        return new ReceiptScroll { Blake3Tiles = Blake3, Sha256Tiles = Sha256 };
    }

    /// <summary>Forgets the hashes of lines that were not written after all.</summary>
    public void Cut(long size)
    {
        Blake3.Cut(size);
        Sha256.Cut(size);
    }

    /// <summary>Writes what was added, before ROOT covers it.</summary>
    /// <exception cref="IOException">The disk refused; the next call writes it again.</exception>
    public void Save()
    {
        Blake3.Write();
        Sha256.Write();
        Index.Write();
        var groups = Index.Count / GroupReceipts;
        if (groups == _durableGroups)
            return;
        Blake3.SyncDurably();
        Sha256.SyncDurably();
        Index.SyncDurably();
        _durableGroups = groups;
    }

    public void Dispose()
    {
        Blake3.Dispose();
        Sha256.Dispose();
        Index.Dispose();
    }
}
