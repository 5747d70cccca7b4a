using System.Buffers.Binary;
using System.IO.Compression;

namespace VmObs.Ledger.Proofs;

/// <summary>Reads one gzip member as sealed log files have them, and nothing beside it. Source: RFC 1952.</summary>
internal static class GzipMember
{
    private const int TrailerBytes = 8;

    private static readonly uint[] s_table = MakeTable();

    // No name, no time, no flags, no system.
    private static ReadOnlySpan<byte> Head => [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

    /// <summary>The member's text.</summary>
    /// <param name="member">All of it, from a source that is not trusted.</param>
    /// <param name="maxBytes">The text's longest length; a member that says more is refused before it is inflated.</param>
    /// <exception cref="FormatException">Not exactly one such member.</exception>
    public static byte[] Inflate(ReadOnlyMemory<byte> member, int maxBytes)
    {
        if (member.Length < Head.Length + TrailerBytes || !member.Span.StartsWith(Head))
            throw new FormatException("found no gzip member, expected one that begins at member_offset");
        var trailer = member.Span[^TrailerBytes..];
        var (crc, length) = (BinaryPrimitives.ReadUInt32LittleEndian(trailer), BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]));
        if (length > maxBytes)
            throw new FormatException($"found a gzip member with {length} bytes of text, expected at most {maxBytes}");
        var text = new byte[length];
        try
        {
            using var deflate = new DeflateStream(new MemoryStream(member[Head.Length..^TrailerBytes].ToArray()), CompressionMode.Decompress);
            if (deflate.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) != text.Length || deflate.ReadByte() >= 0)
                throw new FormatException($"found another length of text than the {length} bytes that the gzip member says");
        }
        catch (InvalidDataException error)
        {
            throw new FormatException($"found a gzip member that cannot be inflated: {error.Message}", error);
        }
        return Crc32(text) == crc ? text : throw new FormatException("found text with another CRC-32 than the gzip member says");
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
            crc = (crc >> 8) ^ s_table[(byte)(crc ^ value)];
        return ~crc;
    }

    private static uint[] MakeTable()
    {
        const uint Polynomial = 0xEDB88320;
        var table = new uint[256];
        for (var i = 0u; i < table.Length; i++)
        {
            var entry = i;
            for (var bit = 0; bit < 8; bit++)
                entry = (entry >> 1) ^ ((entry & 1) * Polynomial);
            table[i] = entry;
        }
        return table;
    }
}
