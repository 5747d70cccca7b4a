using VmObs.Signals.Ports;

namespace VmObs.Signals.Wire;

/// <summary>Undoes a content coding, never beyond a limit.</summary>
internal static class CodedBody
{
    /// <summary>Undoes a coding other than identity.</summary>
    /// <returns>What is wrong; null when all was read.</returns>
    public static WireError? Undo(ContentCoding coding, ReadOnlyMemory<byte> body, int maxBytes, PooledBuffer into) => coding switch
    {
        ContentCoding.Gzip => GzipBody.Undo(body, maxBytes, into),
        ContentCoding.Deflate => ZlibBody.Undo(body, maxBytes, into),
        ContentCoding.Zstd => ZstdBody.Undo(body, maxBytes, into),
        _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "BUG: no reader for this coding"),
    };

    /// <summary>A stream's bytes, to its end; false when there are more than may be.</summary>
    public static bool TryReadToEnd(Stream source, int maxBytes, PooledBuffer into)
    {
        Span<byte> beyond = stackalloc byte[1];
        while (true)
        {
            // Never more room than may be filled: the buffer grows by doubling.
            var left = maxBytes - into.Length;
            var read = left == 0 ? source.Read(beyond) : source.Read(into.GetSpan(Math.Min(left, 16 * 1024)) is var room && room.Length > left ? room[..left] : room);
            if (read == 0)
                return true;
            if (left == 0)
                return false;
            into.Advance(read);
        }
    }

    /// <summary>The answer to a body that grows beyond what may be.</summary>
    public static WireError TooLarge(int maxBytes) => new(0, "body", $"at most {maxBytes} bytes when decompressed", "more");

    /// <summary>The body as a stream, without copying where that can be.</summary>
    public static MemoryStream OpenRead(ReadOnlyMemory<byte> body) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(body, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(body.ToArray(), writable: false);
}
