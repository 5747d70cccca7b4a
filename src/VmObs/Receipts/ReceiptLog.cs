using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Ledger.Receipts;
using VmObs.Storage;

namespace VmObs.Receipts;

/// <summary>The scroll as a transparency log: tiles, entries and proofs under the signed checkpoint. Nothing is handed out that does not lead to its root:
/// tiles that do not are made again of the lines.</summary>
/// <remarks>Thread-safe. Source: C2SP tlog-tiles, RFC 6962 section 2.1.</remarks>
/// <param name="tables">What is stored of the trees.</param>
/// <param name="lines">The scroll's lines.</param>
/// <param name="root">ROOT as it stands on disk.</param>
internal sealed class ReceiptLog(ScrollTables tables, IReceiptReader lines, Func<byte[]> root)
{
    private readonly Lock _mending = new();
    private volatile SignedCheckpoint? _latest;

    /// <summary>The signed note over all receipts so far.</summary>
    public SignedCheckpoint Latest
    {
        get
        {
            var note = root();
            // Replaced as one; at worst two threads parse the same note.
            if (_latest is { } latest && ReferenceEquals(latest.Note, note))
                return latest;
            return _latest = new SignedCheckpoint(note, Checkpoint.Parse(SignedNote.Parse(note).Text));
        }
    }

    /// <summary>The hashes of a tile of the SHA-256 tree.</summary>
    /// <param name="level">0: leaves; 1: subtrees of 256 leaves; and so on.</param>
    /// <param name="number">Which one, counted from 0.</param>
    /// <param name="width">How many of its hashes, 1 to 256.</param>
    /// <returns>Null when the log has not got so far.</returns>
    /// <exception cref="DamagedLedgerException">The lines do not lead to the root.</exception>
    public byte[]? Tile(int level, long number, int width)
    {
        var checkpoint = Latest.Checkpoint;
        var depth = level * MerkleTiles.Height;
        if (depth > 56 || number > (checkpoint.Size >> depth) / MerkleTiles.Width || (number * MerkleTiles.Width) + width > checkpoint.Size >> depth)
            return null;
        var first = number * MerkleTiles.Width;
        var hashes = new Digest[width];
        return Proven(() =>
        {
            tables.Sha256.Read(level, first, hashes);
            // The first hash's path has all others of the tile in it.
            var path = MerkleTiles.Inclusion<Sha256MerkleHash>(tables.Sha256, depth, first, checkpoint.Size);
            var isProven = MerkleProofs.VerifyInclusion<Sha256MerkleHash>(hashes[0], first, ((checkpoint.Size - 1) >> depth) + 1, [.. path], checkpoint.Sha256Root);
            return isProven ? MemoryMarshal.AsBytes<Digest>(hashes).ToArray() : null;
        });
    }

    /// <summary>A bundle of entries, each with its length before it, u16 big-endian.</summary>
    /// <param name="number">The first one is 256 times this.</param>
    /// <param name="width">How many, 1 to 256.</param>
    /// <returns>Null when the log has not got so far.</returns>
    public byte[]? Entries(long number, int width)
    {
        var size = Latest.Checkpoint.Size;
        if (number > size / MerkleTiles.Width || (number * MerkleTiles.Width) + width > size)
            return null;
        using var bundle = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        for (var seq = number * MerkleTiles.Width; seq < (number * MerkleTiles.Width) + width; seq++)
        {
            var entry = ReceiptScroll.EntryOf(lines.Read(seq));
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)entry.Length);
            bundle.Write(length);
            bundle.Write(entry);
        }
        return bundle.ToArray();
    }

    /// <summary>Proves that a receipt's entry is in the SHA-256 tree under the checkpoint.</summary>
    /// <param name="seq">Less than the checkpoint's size.</param>
    /// <returns>Hashes from the leaf upward, and the checkpoint that they lead to.</returns>
    /// <exception cref="DamagedLedgerException">The lines do not lead to the root.</exception>
    public (IReadOnlyList<Digest> Path, SignedCheckpoint Signed) Inclusion(long seq)
    {
        var signed = Latest;
        var checkpoint = signed.Checkpoint;
        var leaf = Sha256MerkleHash.Leaf(ReceiptScroll.EntryOf(lines.Read(seq)));
        var path = Proven(() =>
        {
            var path = MerkleTiles.Inclusion<Sha256MerkleHash>(tables.Sha256, seq, checkpoint.Size);
            return MerkleProofs.VerifyInclusion<Sha256MerkleHash>(leaf, seq, checkpoint.Size, [.. path], checkpoint.Sha256Root) ? path : null;
        });
        return (path, signed);
    }

    private T Proven<T>(Func<T?> read)
        where T : class
    {
        if (Read(read) is { } proven)
            return proven;
        lock (_mending)
        {
            if (Read(read) is { } mended)
                return mended;
            Mend();
            return Read(read) ?? throw new DamagedLedgerException(ReceiptFile.RelativePath, "its lines do not lead to the root that ROOT signs");
        }
    }

    // What somebody cut off leads to no root either.
    private static T? Read<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (DamagedFileException)
        {
            return null;
        }
    }

    private void Mend()
    {
        var size = Latest.Checkpoint.Size;
        var (tree, mender) = (new MerkleFrontier<Sha256MerkleHash>(), tables.Sha256.Mender());
        for (var seq = 0L; seq < size; seq++)
            tree.Append(Sha256MerkleHash.Leaf(ReceiptScroll.EntryOf(lines.Read(seq))), mender);
    }
}
