using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using VmObs.Signals;
using VmObs.Storage.Deflate;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>gzip members (RFC 1952) as log files hold them: no name, no time, so that equal lines give equal bytes.</summary>
internal static class LogMember
{
    /// <summary>Head, an empty deflate stream and the trailer: no member is shorter.</summary>
    public const int MinBytes = HeadBytes + 2 + TrailerBytes;

    /// <summary>Deflate makes no more than this of one byte (zlib's technical notes), so a larger text is a damaged length.</summary>
    public const int MaxInflation = 1032;

    private const int HeadBytes = 10;
    private const int SubfieldHeadBytes = 4 + sizeof(uint);
    private const int TrailerBytes = 8;
    private const byte FlagExtra = 4;

    // Its tables are 30 KB, and blocks are read on the threads that are free.
    [ThreadStatic]
    private static Inflater? t_inflater;

    // ID1 ID2 CM FLG MTIME(4) XFL OS(255: unknown)
    private static ReadOnlySpan<byte> Head => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];

    // Deflate's empty final block with fixed codes, the CRC-32 of nothing, no bytes of text.
    private static ReadOnlySpan<byte> ExtraTail => [0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Appends a member that holds the text.</summary>
    public static void Write(PooledBuffer destination, ReadOnlySpan<byte> text)
    {
        destination.Write(Head);
        using (var deflate = new DeflateStream(new BufferStream(destination), CompressionLevel.Optimal))
            deflate.Write(text);
        WriteTrailer(destination, Crc32.HashToUInt32(text), text.Length);
    }

    /// <summary>Appends an empty member whose extra field holds one subfield "VO"; readers of gzip pass over it.</summary>
    public static void WriteExtra(PooledBuffer destination, ReadOnlySpan<byte> content)
    {
        var head = destination.GetSpan(HeadBytes + 2 + SubfieldHeadBytes);
        Head.CopyTo(head);
        head[3] = FlagExtra;
        BinaryPrimitives.WriteUInt16LittleEndian(head[10..], checked((ushort)(SubfieldHeadBytes + content.Length)));
        "VO"u8.CopyTo(head[12..]);
        BinaryPrimitives.WriteUInt16LittleEndian(head[14..], (ushort)(sizeof(uint) + content.Length));
        // gzip's own CRC covers the member's text, which is empty; without this one a flipped bit would mislead every query.
        BinaryPrimitives.WriteUInt32LittleEndian(head[16..], Crc32.HashToUInt32(content));
        destination.Advance(HeadBytes + 2 + SubfieldHeadBytes);
        destination.Write(content);
        destination.Write(ExtraTail);
    }

    /// <summary>Bytes of an empty member with that much content.</summary>
    public static int ExtraLength(int content) => HeadBytes + 2 + SubfieldHeadBytes + content + ExtraTail.Length;

    /// <summary>Reads an empty member written by <see cref="WriteExtra"/> from the start of the bytes; every byte must be as it writes them.</summary>
    /// <returns>Its content and its whole length; length 0 where no such member stands.</returns>
    public static (int ContentStart, int ContentLength, int Length) ReadExtra(ReadOnlySpan<byte> source)
    {
        const int Start = HeadBytes + 2 + SubfieldHeadBytes;
        if (source.Length < Start || !source.StartsWith(Head[..3]) || source[3] != FlagExtra || !source[4..HeadBytes].SequenceEqual(Head[4..])
            || !source[12..14].SequenceEqual("VO"u8))
            return default;
        var length = BinaryPrimitives.ReadUInt16LittleEndian(source[14..]) - sizeof(uint);
        if (length < 0 || BinaryPrimitives.ReadUInt16LittleEndian(source[10..]) != SubfieldHeadBytes + length || source.Length < ExtraLength(length))
            return default;
        return source[(Start + length)..].StartsWith(ExtraTail)
            && Crc32.HashToUInt32(source.Slice(Start, length)) == BinaryPrimitives.ReadUInt32LittleEndian(source[16..])
            ? (Start, length, ExtraLength(length))
            : default;
    }

    /// <summary>Inflates a whole member of text, checking its head, CRC and length.</summary>
    /// <exception cref="InvalidDataException">The bytes are not that member.</exception>
    public static void Read(ReadOnlySpan<byte> member, int textLength, PooledBuffer into)
    {
        if (member.Length < MinBytes || !member.StartsWith(Head))
            throw new InvalidDataException("no gzip member head");
        if (textLength > (long)MaxInflation * member.Length)
            throw new InvalidDataException($"{member.Length} bytes, which cannot hold that text");
        var room = into.GetSpan(textLength + Inflater.DestinationSlack)[..(textLength + Inflater.DestinationSlack)];
        // The trailer is what the inflater may look ahead into.
        var length = (t_inflater ??= new Inflater()).Inflate(member[HeadBytes..], room);
        var text = room[..length];
        if (length != textLength || BinaryPrimitives.ReadInt32LittleEndian(member[^4..]) != textLength)
            throw new InvalidDataException($"{length} bytes of text");
        if (Crc32.HashToUInt32(text) != BinaryPrimitives.ReadUInt32LittleEndian(member[^8..]))
            throw new InvalidDataException("a wrong CRC-32");
        into.Advance(length);
    }

    private static void WriteTrailer(PooledBuffer destination, uint crc, int length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination.GetSpan(TrailerBytes), crc);
        BinaryPrimitives.WriteInt32LittleEndian(destination.GetSpan(TrailerBytes)[4..], length);
        destination.Advance(TrailerBytes);
    }

    private sealed class BufferStream(PooledBuffer buffer) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(byte[] array, int offset, int count) => buffer.Write(array.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> bytes) => buffer.Write(bytes);

        public override void Flush()
        {
        }

        public override int Read(byte[] array, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
