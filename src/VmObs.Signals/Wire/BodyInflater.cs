using System.IO.Compression;
using System.Runtime.InteropServices;

namespace VmObs.Signals.Wire;

/// <summary>Undoes a body's compression, never beyond a limit.</summary>
internal static class BodyInflater
{
    /// <summary>A gzip member without content is this long (RFC 1952: header 10, deflate 2, trailer 8).</summary>
    private const int MinGzipBytes = 20;

    /// <summary>Undoes gzip; members may follow one another.</summary>
    /// <returns>What is wrong; null when all was read.</returns>
    public static WireError? Gunzip(ReadOnlyMemory<byte> body, int maxBytes, PooledBuffer into)
    {
        if (body.Length < MinGzipBytes)
            return new WireError(0, "body", $"a gzip member, at least {MinGzipBytes} bytes", $"{body.Length} bytes");
        try
        {
            using var source = OpenRead(body);
            using var gzip = new GZipStream(source, CompressionMode.Decompress);
            while (true)
            {
                var span = into.GetSpan(16 * 1024);
                var read = gzip.Read(span);
                if (read == 0)
                    return null;
                into.Advance(read);
                if (into.Length > maxBytes)
                    return new WireError(into.Length, "body", $"at most {maxBytes} bytes when decompressed", "more");
            }
        }
        catch (InvalidDataException damage)
        {
            return new WireError(into.Length, "body", "whole gzip members", damage.Message);
        }
    }

    private static MemoryStream OpenRead(ReadOnlyMemory<byte> body) =>
        MemoryMarshal.TryGetArray(body, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(body.ToArray(), writable: false);

    /// <summary>Undoes a snappy block.</summary>
    /// <returns>What is wrong; null when all was read.</returns>
    public static WireError? Unsnappy(ReadOnlySpan<byte> body, int maxBytes, PooledBuffer into)
    {
        // A copy of 3 bytes makes at most 64, so a longer claim than this is a lie told to make us reserve memory.
        const int MaxRatio = 32;
        try
        {
            var length = Snappier.Snappy.GetUncompressedLength(body);
            if (length > maxBytes)
                return new WireError(0, "body", $"at most {maxBytes} bytes when decompressed", $"{length}");
            if (length > (long)MaxRatio * body.Length)
                return new WireError(0, "body", $"a snappy block that grows at most {MaxRatio} times", $"one of {body.Length} bytes that claims {length}");
            var written = Snappier.Snappy.Decompress(body, into.GetSpan(length)[..length]);
            into.Advance(written);
            return written == length ? null : new WireError(body.Length, "body", $"a snappy block of {length} bytes", $"{written}");
        }
        catch (Exception damage) when (damage is InvalidDataException or ArgumentException)
        {
            return new WireError(0, "body", "a snappy block", damage.Message);
        }
    }
}
