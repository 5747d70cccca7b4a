using System.Buffers.Binary;
using System.IO.Compression;

namespace VmObs.Signals.Wire;

/// <summary>Undoes zlib (RFC 1950), which HTTP calls deflate, and notices every cut and every change.</summary>
/// <remarks>78 9C, raw deflate, Adler-32 big-endian. DeflateStream ends quietly where its input is cut off, so what it gave is held against the checksum.</remarks>
internal static class ZlibBody
{
    private const int HeaderBytes = 2, TrailerBytes = 4;

    /// <summary>Undoes one zlib stream.</summary>
    /// <returns>What is wrong; null when all was read.</returns>
    public static WireError? Undo(ReadOnlyMemory<byte> body, int maxBytes, PooledBuffer into)
    {
        var bytes = body.Span;
        if (bytes.Length < HeaderBytes + TrailerBytes || (bytes[0] & 0x0F) != 8 || BinaryPrimitives.ReadUInt16BigEndian(bytes) % 31 != 0 || (bytes[1] & 0x20) != 0)
            return new WireError(0, "body", "a zlib stream (RFC 1950)", bytes.IsEmpty ? "nothing" : $"{bytes.Length} bytes that begin with 0x{bytes[0]:x2}");
        try
        {
            using var source = CodedBody.OpenRead(body[HeaderBytes..^TrailerBytes]);
            using var deflate = new DeflateStream(source, CompressionMode.Decompress);
            if (!CodedBody.TryReadToEnd(deflate, maxBytes, into))
                return CodedBody.TooLarge(maxBytes);
        }
        catch (InvalidDataException damage)
        {
            return new WireError(0, "body", "a whole zlib stream", damage.Message);
        }
        return BinaryPrimitives.ReadUInt32BigEndian(bytes[^TrailerBytes..]) == Adler32(into.WrittenSpan)
            ? null
            : new WireError(bytes.Length - TrailerBytes, "body", "the end of a zlib stream with its checksum", "another checksum");
    }

    private static uint Adler32(ReadOnlySpan<byte> content)
    {
        // 5,552 is the most bytes after which both sums still fit 32 bits.
        const uint Modulus = 65521;
        const int Run = 5552;
        uint a = 1, b = 0;
        while (!content.IsEmpty)
        {
            var run = content[..Math.Min(Run, content.Length)];
            foreach (var value in run)
            {
                a += value;
                b += a;
            }
            (a, b) = (a % Modulus, b % Modulus);
            content = content[run.Length..];
        }
        return b << 16 | a;
    }
}
