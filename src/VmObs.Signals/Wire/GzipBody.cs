using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace VmObs.Signals.Wire;

/// <summary>Undoes gzip (RFC 1952), never beyond a limit, and notices every cut and every change.</summary>
/// <remarks>GZipStream ends quietly where its input is cut off. So what it gave is held against the trailer (CRC-32 and length); where
/// that is not the only member's, the members are read one by one, more slowly, each held against its own.</remarks>
internal static class GzipBody
{
    private const int HeaderBytes = 10, TrailerBytes = 8;
    private const byte HeaderCrc = 2, Extra = 4, Name = 8, Comment = 16;

    /// <summary>Undoes gzip; members may follow one another.</summary>
    /// <returns>What is wrong; null when all was read.</returns>
    public static WireError? Undo(ReadOnlyMemory<byte> body, int maxBytes, PooledBuffer into)
    {
        try
        {
            using (var source = CodedBody.OpenRead(body))
            using (var gzip = new GZipStream(source, CompressionMode.Decompress))
            {
                if (!CodedBody.TryReadToEnd(gzip, maxBytes, into))
                    return CodedBody.TooLarge(maxBytes);
            }
            if (body.Length >= HeaderBytes + TrailerBytes && IsTrailer(body.Span[^TrailerBytes..], into.WrittenSpan))
                return null;
            into.Clear();
            return UndoMembers(body, maxBytes, into);
        }
        catch (InvalidDataException damage)
        {
            return new WireError(0, "body", "whole gzip members", damage.Message);
        }
    }

    private static WireError? UndoMembers(ReadOnlyMemory<byte> body, int maxBytes, PooledBuffer into)
    {
        var at = 0;
        do
        {
            if (!TrySkipHeader(body.Span, ref at))
                return new WireError(at, "body", "a gzip member's header", at < body.Length ? $"byte 0x{body.Span[at]:x2}" : "the end of the body");
            var start = into.Length;
            using var source = new ByteByByteStream(body[at..]);
            using var deflate = new DeflateStream(source, CompressionMode.Decompress);
            if (!CodedBody.TryReadToEnd(deflate, maxBytes, into))
                return CodedBody.TooLarge(maxBytes);
            at += source.Taken;
            if (body.Length - at < TrailerBytes || !IsTrailer(body.Span.Slice(at, TrailerBytes), into.WrittenSpan[start..]))
                return new WireError(at, "body", "the end of a gzip member with its checksum", body.Length - at < TrailerBytes ? "the end of the body" : "another checksum");
            at += TrailerBytes;
        }
        while (at < body.Length);
        return null;
    }

    private static bool IsTrailer(ReadOnlySpan<byte> trailer, ReadOnlySpan<byte> content) =>
        BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) == (uint)content.Length
        && BinaryPrimitives.ReadUInt32LittleEndian(trailer) == Crc32.HashToUInt32(content);

    /// <summary>1f 8b 08, flags, 6 bytes, then what the flags say; leaves the position at the fault otherwise.</summary>
    private static bool TrySkipHeader(ReadOnlySpan<byte> body, ref int at)
    {
        if (!body[at..].StartsWith("\u001F"u8) || body.Length - at < HeaderBytes || body[at + 1] != 0x8B || body[at + 2] != 8)
            return false;
        var flags = body[at + 3];
        at += HeaderBytes;
        if ((flags & Extra) != 0 && !TrySkip(body, ref at, body.Length - at < 2 ? 2 : 2 + BinaryPrimitives.ReadUInt16LittleEndian(body[at..])))
            return false;
        if ((flags & Name) != 0 && !TrySkip(body, ref at, 1 + body[at..].IndexOf((byte)0)))
            return false;
        if ((flags & Comment) != 0 && !TrySkip(body, ref at, 1 + body[at..].IndexOf((byte)0)))
            return false;
        return (flags & HeaderCrc) == 0 || TrySkip(body, ref at, 2);
    }

    private static bool TrySkip(ReadOnlySpan<byte> body, ref int at, long bytes)
    {
        if (bytes == 0 || bytes > body.Length - at)
            return false;
        at += (int)bytes;
        return true;
    }
}
