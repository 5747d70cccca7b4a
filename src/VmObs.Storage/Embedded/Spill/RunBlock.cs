using System.Buffers.Binary;
using System.IO.Hashing;
using VmObs.Signals;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>A block of a run: entries in ascending order of keys, with a checksum. Format: docs/format/runs.md.</summary>
/// <remarks>
/// <code>u32 length · entries · u64 XxHash3 of the entries, seeded with the block's offset
/// entry: varint shared · varint suffix · varint payload · suffix bytes · payload bytes</code>
/// The key is the first <c>shared</c> bytes of the key before it in the block, then the suffix.
/// </remarks>
internal static class RunBlock
{
    /// <summary>A block closes once its entries come to this, bytes.</summary>
    public const int TargetBytes = 64 * 1024;

    /// <summary>Bytes before the entries.</summary>
    public const int HeadBytes = sizeof(uint);

    /// <summary>Bytes after the entries.</summary>
    public const int TailBytes = sizeof(ulong);

    /// <summary>Appends an entry.</summary>
    public static void WriteEntry(PooledBuffer block, ReadOnlySpan<byte> keyBefore, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload)
    {
        var shared = keyBefore.CommonPrefixLength(key);
        Varint.Write(block, (ulong)shared);
        Varint.Write(block, (ulong)(key.Length - shared));
        Varint.Write(block, (ulong)payload.Length);
        block.Write(key[shared..]);
        block.Write(payload);
    }

    /// <summary>The checksum of a block's entries.</summary>
    public static ulong Checksum(ReadOnlySpan<byte> entries, long offset) => XxHash3.HashToUInt64(entries, offset);

    /// <summary>Reads a block's entries into a buffer and checks them.</summary>
    /// <returns>Where the next block begins.</returns>
    /// <exception cref="DamagedFileException">The block is not what was written.</exception>
    public static long Read(DiskFile file, long offset, long end, PooledBuffer entries)
    {
        entries.Clear();
        Span<byte> head = stackalloc byte[HeadBytes];
        if (offset + HeadBytes + TailBytes > end || file.Read(head, offset) != HeadBytes)
            throw new DamagedFileException(file.Path, offset, "the end of its section", "a block");
        var length = BinaryPrimitives.ReadUInt32LittleEndian(head);
        if (length > end - offset - HeadBytes - TailBytes)
            throw new DamagedFileException(file.Path, offset, $"a block of {length} bytes", $"one that ends before byte {end}");
        var bytes = entries.GetSpan((int)length + TailBytes)[..((int)length + TailBytes)];
        if (file.Read(bytes, offset + HeadBytes) != bytes.Length
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes[(int)length..]) != Checksum(bytes[..(int)length], offset))
            throw new DamagedFileException(file.Path, offset, "a block that its checksum does not fit", "the block that was written");
        entries.Advance((int)length);
        return offset + HeadBytes + bytes.Length;
    }
}
