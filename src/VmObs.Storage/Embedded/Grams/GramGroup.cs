using System.Buffers.Binary;
using System.IO.Hashing;
using VmObs.Signals;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>A group as its head describes it: whose blocks' grams follow. Format: docs/format/grams.md.</summary>
/// <param name="FirstOffset">Where its first block begins in the log file.</param>
/// <param name="EndOffset">Where its last block ends.</param>
/// <param name="Blocks">Number of blocks.</param>
/// <param name="Rows">Rows of its matrix.</param>
/// <param name="EntriesHash">XXH3 of the blocks' table entries: grams of other blocks at the same place are not taken for theirs.</param>
/// <param name="HasLetters">Whether all grams of four letters are among them; groups of the first kind have only chosen ones.</param>
internal readonly record struct GramGroup(long FirstOffset, long EndOffset, int Blocks, int Rows, ulong EntriesHash, bool HasLetters)
{
    /// <summary>Bytes of a head.</summary>
    public const int HeadBytes = 44;

    private static ReadOnlySpan<byte> Magic => "VMOGRAM2"u8;

    private static ReadOnlySpan<byte> MagicWithoutLetters => "VMOGRAM1"u8;

    /// <summary>Bytes of the pages behind the head.</summary>
    public long PagesLength => (long)GramMatrix.PageCount(Blocks, Rows) * GramMatrix.PageBytes;

    /// <summary>Describes a group of blocks.</summary>
    public static GramGroup Of(IReadOnlyList<LogBlock> blocks, int first, GramMatrix matrix)
    {
        var last = blocks[first + matrix.Blocks - 1];
        return new GramGroup(blocks[first].Offset, last.Offset + last.Length, matrix.Blocks, matrix.Rows, Hash(blocks, first, matrix.Blocks), HasLetters: true);
    }

    /// <summary>Whether the group is of these blocks, from the given one on.</summary>
    public bool IsOf(IReadOnlyList<LogBlock> blocks, int first)
    {
        if (first + Blocks > blocks.Count)
            return false;
        var last = blocks[first + Blocks - 1];
        return blocks[first].Offset == FirstOffset && last.Offset + last.Length == EndOffset && Hash(blocks, first, Blocks) == EntriesHash;
    }

    /// <summary>Writes the head.</summary>
    public void Write(Span<byte> head)
    {
        (HasLetters ? Magic : MagicWithoutLetters).CopyTo(head);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], FirstOffset);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], EndOffset);
        BinaryPrimitives.WriteInt32LittleEndian(head[24..], Blocks);
        BinaryPrimitives.WriteInt32LittleEndian(head[28..], Rows);
        BinaryPrimitives.WriteUInt64LittleEndian(head[32..], EntriesHash);
        BinaryPrimitives.WriteUInt32LittleEndian(head[40..], Crc32.HashToUInt32(head[..40]));
    }

    /// <summary>Reads a head; null when it is none.</summary>
    public static GramGroup? TryRead(ReadOnlySpan<byte> head)
    {
        if (head.Length < HeadBytes || !(head.StartsWith(Magic) || head.StartsWith(MagicWithoutLetters)) || Crc32.HashToUInt32(head[..40]) != BinaryPrimitives.ReadUInt32LittleEndian(head[40..]))
            return null;
        var group = new GramGroup(
            BinaryPrimitives.ReadInt64LittleEndian(head[8..]), BinaryPrimitives.ReadInt64LittleEndian(head[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(head[24..]), BinaryPrimitives.ReadInt32LittleEndian(head[28..]),
            BinaryPrimitives.ReadUInt64LittleEndian(head[32..]), head.StartsWith(Magic));
        return group.Blocks is > 0 and <= GramMatrix.MaxBlocks && group.Rows is > 0 and <= GramMatrix.MaxRows ? group : null;
    }

    private static ulong Hash(IReadOnlyList<LogBlock> blocks, int first, int count)
    {
        using var entries = new PooledBuffer(64 * 1024);
        for (var i = first; i < first + count; i++)
            LogBlockTable.Write(entries, blocks[i]);
        return XxHash3.HashToUInt64(entries.WrittenSpan);
    }
}
