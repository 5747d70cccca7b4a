using System.Buffers.Binary;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>A group as its head describes it: whose blocks' grams follow. Format: docs/format/grams.md.</summary>
/// <param name="FirstOffset">Where its first block begins in the log file.</param>
/// <param name="EndOffset">Where its last block ends.</param>
/// <param name="Blocks">Number of blocks.</param>
/// <param name="Rows">Rows of its matrix.</param>
/// <param name="Entries">Keyed hash of the blocks' table entries: grams of other blocks at the same place are not taken for theirs.</param>
internal readonly record struct GramGroup(long FirstOffset, long EndOffset, int Blocks, int Rows, UInt128 Entries)
{
    /// <summary>Bytes of a head.</summary>
    public const int HeadBytes = SaidBytes + TagBytes;

    private const int SaidBytes = 48;
    private const int TagBytes = 16;

    private static ReadOnlySpan<byte> Magic => "VMOGRAM3"u8;

    /// <summary>Bytes of the pages behind the head.</summary>
    public long PagesLength => (long)GramMatrix.PageCount(Blocks, Rows) * GramMatrix.PageBytes;

    /// <summary>Describes a group of blocks.</summary>
    public static GramGroup Of(IReadOnlyList<LogBlock> blocks, int first, GramMatrix matrix, Blake3Mode key)
    {
        var last = blocks[first + matrix.Blocks - 1];
        return new GramGroup(blocks[first].Offset, last.Offset + last.Length, matrix.Blocks, matrix.Rows, Hash(blocks, first, matrix.Blocks, key));
    }

    /// <summary>Whether the group is of these blocks, from the given one on.</summary>
    public bool IsOf(IReadOnlyList<LogBlock> blocks, int first, Blake3Mode key)
    {
        if (first + Blocks > blocks.Count)
            return false;
        var last = blocks[first + Blocks - 1];
        return blocks[first].Offset == FirstOffset && last.Offset + last.Length == EndOffset && Hash(blocks, first, Blocks, key) == Entries;
    }

    /// <summary>The key of the group's pages: those of another group do not pass for its own.</summary>
    /// <param name="key">The log file's.</param>
    public Blake3Mode PageKey(Blake3Mode key)
    {
        // A byte longer than what the head's tag is over, which anybody can read.
        Span<byte> said = stackalloc byte[SaidBytes + 1];
        Describe(said);
        said[SaidBytes] = 1;
        return Blake3Mode.Keyed(Blake3.Hash(said, key).Span);
    }

    /// <summary>Writes the head.</summary>
    public void Write(Span<byte> head, Blake3Mode key)
    {
        Describe(head);
        BinaryPrimitives.WriteUInt128LittleEndian(head[SaidBytes..], Tag(head[..SaidBytes], key));
    }

    /// <summary>Reads a head; null when it is none that was written under the key.</summary>
    public static GramGroup? TryRead(ReadOnlySpan<byte> head, Blake3Mode key)
    {
        if (head.Length < HeadBytes || !head.StartsWith(Magic) || Tag(head[..SaidBytes], key) != BinaryPrimitives.ReadUInt128LittleEndian(head[SaidBytes..]))
            return null;
        var group = new GramGroup(
            BinaryPrimitives.ReadInt64LittleEndian(head[8..]), BinaryPrimitives.ReadInt64LittleEndian(head[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(head[24..]), BinaryPrimitives.ReadInt32LittleEndian(head[28..]),
            BinaryPrimitives.ReadUInt128LittleEndian(head[32..]));
        return group.Blocks is > 0 and <= GramMatrix.MaxBlocks && group.Rows is > 0 and <= GramMatrix.MaxRows ? group : null;
    }

    private void Describe(Span<byte> said)
    {
        Magic.CopyTo(said);
        BinaryPrimitives.WriteInt64LittleEndian(said[8..], FirstOffset);
        BinaryPrimitives.WriteInt64LittleEndian(said[16..], EndOffset);
        BinaryPrimitives.WriteInt32LittleEndian(said[24..], Blocks);
        BinaryPrimitives.WriteInt32LittleEndian(said[28..], Rows);
        BinaryPrimitives.WriteUInt128LittleEndian(said[32..], Entries);
    }

    private static UInt128 Hash(IReadOnlyList<LogBlock> blocks, int first, int count, Blake3Mode key)
    {
        using var entries = new PooledBuffer(64 * 1024);
        for (var i = first; i < first + count; i++)
            LogBlockTable.Write(entries, blocks[i]);
        return Tag(entries.WrittenSpan, key);
    }

    private static UInt128 Tag(ReadOnlySpan<byte> bytes, Blake3Mode key)
    {
        var hash = Blake3.Hash(bytes, key);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash.Span);
    }
}
