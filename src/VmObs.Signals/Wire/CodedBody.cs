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
        while (true)
        {
            var read = source.Read(into.GetSpan(16 * 1024));
            if (read == 0)
                return true;
            into.Advance(read);
            if (into.Length > maxBytes)
                return false;
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
