using System.Buffers.Binary;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Signals;
using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A decided trace's leaf in the records tree. Format: docs/format/traces.md.</summary>
internal static class TraceLeaf
{
    /// <summary>The leaf's hash over: trace id 16 · decision i64 · spans u32 · for each span length u32 · canonical record, little-endian.</summary>
    /// <param name="scratch">Working memory.</param>
    /// <param name="id">The trace.</param>
    /// <param name="decision">The journal record that decided it.</param>
    /// <param name="spans">Canonical records, by start and span id.</param>
    public static Digest Hash(PooledBuffer scratch, TraceId id, long decision, IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        scratch.Clear();
        var head = scratch.GetSpan(TraceId.Bytes + 12);
        id.Write(head);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], decision);
        BinaryPrimitives.WriteInt32LittleEndian(head[24..], spans.Count);
        scratch.Advance(TraceId.Bytes + 12);
        foreach (var span in spans)
        {
            BinaryPrimitives.WriteInt32LittleEndian(scratch.GetSpan(4), span.Length);
            scratch.Advance(4);
            scratch.Write(span.Span);
        }
        return Blake3MerkleHash.Leaf(scratch.WrittenSpan);
    }
}
