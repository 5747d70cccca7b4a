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

    /// <summary>Reads a payload; the spans are added as they stand.</summary>
    /// <exception cref="FormatException">The bytes are not a payload.</exception>
    public static Digest Read(ReadOnlySpan<byte> payload, List<ReadOnlyMemory<byte>> spans)
    {
        if (payload.Length < Digest.Bytes)
            throw new FormatException($"a payload of {payload.Length} bytes");
        var leaf = new Digest(payload[..Digest.Bytes]);
        payload = payload[Digest.Bytes..];
        // One copy for all spans; readers keep them beyond the block.
        var bytes = payload.ToArray();
        for (var left = Varint.Read(ref payload); left > 0; left--)
        {
            var length = Varint.ReadLength(ref payload);
            spans.Add(bytes.AsMemory(bytes.Length - payload.Length, length));
            payload = payload[length..];
        }
        return payload.IsEmpty ? leaf : throw new FormatException($"{payload.Length} bytes after the last span");
    }
}
