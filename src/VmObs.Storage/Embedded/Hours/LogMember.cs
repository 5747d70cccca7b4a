using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using VmObs.Signals;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>gzip members (RFC 1952) as log files hold them: no name, no time, so that equal lines give equal bytes.</summary>
internal static class LogMember
{
    /// <summary>Head, an empty deflate stream and the trailer: no member is shorter.</summary>
    public const int MinBytes = HeadBytes + 2 + TrailerBytes;

    private const int HeadBytes = 10;
    private const int TrailerBytes = 8;
    private const byte FlagExtra = 4;

    // ID1 ID2 CM FLG MTIME(4) XFL OS(255: unknown)
    private static ReadOnlySpan<byte> Head => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255];

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
        var start = destination.Length;
        destination.Write(Head);
        destination.WriteByte((byte)((content.Length + 4) & 0xFF));
        destination.WriteByte((byte)((content.Length + 4) >> 8));
        destination.Write("VO"u8);
        destination.WriteByte((byte)(content.Length & 0xFF));
        destination.WriteByte((byte)(content.Length >> 8));
        destination.Write(content);
        // Deflate's empty final block with fixed codes.
        destination.Write([0x03, 0x00]);
        WriteTrailer(destination, 0, 0);
        destination.PatchInt32(start, Head[0] | (Head[1] << 8) | (Head[2] << 16) | (FlagExtra << 24));
    }

    /// <summary>Bytes of an empty member with that much content.</summary>
    public static int ExtraLength(int content) => HeadBytes + 2 + 4 + content + 2 + TrailerBytes;

    /// <summary>Reads an empty member written by <see cref="WriteExtra"/> from the start of the bytes.</summary>
    /// <returns>Its content and its whole length; length 0 where no such member stands.</returns>
    public static (int ContentStart, int ContentLength, int Length) ReadExtra(ReadOnlySpan<byte> source)
    {
        if (source.Length < HeadBytes + 6 || source[0] != 0x1F || source[1] != 0x8B || source[2] != 8 || source[3] != FlagExtra
            || !source[12..14].SequenceEqual("VO"u8))
            return default;
        var content = BinaryPrimitives.ReadUInt16LittleEndian(source[14..]);
        return BinaryPrimitives.ReadUInt16LittleEndian(source[10..]) == content + 4 && source.Length >= ExtraLength(content)
            ? (16, content, ExtraLength(content))
            : default;
    }

    /// <summary>Inflates a whole member of text, checking its head, CRC and length.</summary>
    /// <exception cref="InvalidDataException">The bytes are not that member.</exception>
    public static void Read(ReadOnlyMemory<byte> member, int textLength, PooledBuffer into)
    {
        var span = member.Span;
        if (span.Length < MinBytes || !span.StartsWith(Head))
            throw new InvalidDataException("no gzip member head");
        var start = into.Length;
        using (var deflate = new DeflateStream(new MemorySource(member[HeadBytes..^TrailerBytes]), CompressionMode.Decompress))
        {
            // One byte more than promised, to see whether there is more.
            var destination = into.GetSpan(textLength + 1)[..(textLength + 1)];
            into.Advance(deflate.ReadAtLeast(destination, textLength + 1, throwOnEndOfStream: false));
        }
        var text = into.WrittenSpan[start..];
        if (text.Length != textLength || BinaryPrimitives.ReadInt32LittleEndian(span[^4..]) != textLength)
            throw new InvalidDataException($"{text.Length} bytes of text");
        if (Crc32.HashToUInt32(text) != BinaryPrimitives.ReadUInt32LittleEndian(span[^8..]))
            throw new InvalidDataException("a wrong CRC-32");
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

    private sealed class MemorySource(ReadOnlyMemory<byte> memory) : Stream
    {
        private int _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> destination)
        {
            var count = Math.Min(destination.Length, memory.Length - _position);
            memory.Span.Slice(_position, count).CopyTo(destination);
            _position += count;
            return count;
        }

        public override int Read(byte[] array, int offset, int count) => Read(array.AsSpan(offset, count));

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] array, int offset, int count) => throw new NotSupportedException();
    }
}
