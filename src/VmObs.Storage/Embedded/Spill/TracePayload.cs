using VmObs.Ledger.Hashing;
using VmObs.Signals;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>A decided trace as a run's payload: its leaf hash 32 · varint spans · for each span varint length + canonical record.</summary>
internal static class TracePayload
{
    /// <summary>Appends a payload.</summary>
    public static void Write(PooledBuffer destination, in Digest leaf, IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        leaf.CopyTo(destination.GetSpan(Digest.Bytes));
        destination.Advance(Digest.Bytes);
        Varint.Write(destination, (ulong)spans.Count);
        foreach (var span in spans)
        {
            Varint.Write(destination, (ulong)span.Length);
            destination.Write(span.Span);
        }
    }

    /// <summary>Begins to read a payload in place.</summary>
    /// <returns>What <see cref="Next"/> reads from.</returns>
    /// <exception cref="FormatException">The bytes are not a payload.</exception>
    public static ReadOnlySpan<byte> Begin(ReadOnlySpan<byte> payload, out ulong spans)
    {
        if (payload.Length < Digest.Bytes)
            throw new FormatException($"a payload of {payload.Length} bytes");
        var rest = payload[Digest.Bytes..];
        spans = Varint.Read(ref rest);
        return rest;
    }

    /// <summary>The next span's record.</summary>
    /// <exception cref="FormatException">The bytes are not a payload.</exception>
    public static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest)
    {
        var length = Varint.ReadLength(ref rest);
        var record = rest[..length];
        rest = rest[length..];
        return record;
    }

    /// <summary>Reads a payload; the spans are added as views of it.</summary>
    /// <exception cref="FormatException">The bytes are not a payload.</exception>
    public static Digest Read(ReadOnlyMemory<byte> payload, List<ReadOnlyMemory<byte>> spans)
    {
        var rest = Begin(payload.Span, out var left);
        for (; left > 0; left--)
        {
            var length = Next(ref rest).Length;
            spans.Add(payload.Slice(payload.Length - rest.Length - length, length));
        }
        return rest.IsEmpty ? new Digest(payload.Span[..Digest.Bytes]) : throw new FormatException($"{rest.Length} bytes after the last span");
    }
}
