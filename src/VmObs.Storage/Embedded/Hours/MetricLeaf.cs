using System.Buffers.Binary;
using System.Runtime.InteropServices;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Signals;
using VmObs.Signals.Metrics;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A series-hour's leaf in the records tree. Format: docs/format/metrics.md.</summary>
internal static class MetricLeaf
{
    /// <summary>The leaf's hash over: key length u32 · key · kind u8 · unit length u32 · unit · count u64 · times i64 … · values f64 …, and where
    /// samples have details: details u32 · for each sample u32 · length u32 · bytes; little-endian.</summary>
    public static Digest Hash(
        PooledBuffer scratch,
        ReadOnlySpan<byte> key,
        MetricKind kind,
        ReadOnlySpan<byte> unit,
        ReadOnlySpan<long> timestampsUnixNanos,
        ReadOnlySpan<double> values,
        ReadOnlySpan<SampleDetail> details)
    {
        scratch.Clear();
        WriteText(scratch, key);
        scratch.WriteByte((byte)kind);
        WriteText(scratch, unit);
        BinaryPrimitives.WriteInt64LittleEndian(scratch.GetSpan(8), timestampsUnixNanos.Length);
        scratch.Advance(8);
        // All supported machines are little-endian; the bytes in memory are the bytes of the format.
        scratch.Write(MemoryMarshal.AsBytes(timestampsUnixNanos));
        scratch.Write(MemoryMarshal.AsBytes(values));
        if (!details.IsEmpty)
            WriteDetails(scratch, details);
        return Blake3MerkleHash.Leaf(scratch.WrittenSpan);
    }

    private static void WriteDetails(PooledBuffer scratch, ReadOnlySpan<SampleDetail> details)
    {
        WriteNumber(scratch, details.Length);
        foreach (var detail in details)
        {
            WriteNumber(scratch, detail.Sample);
            WriteText(scratch, detail.Json.Span);
        }
    }

    private static void WriteText(PooledBuffer scratch, ReadOnlySpan<byte> text)
    {
        WriteNumber(scratch, text.Length);
        scratch.Write(text);
    }

    private static void WriteNumber(PooledBuffer scratch, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(scratch.GetSpan(4), number);
        scratch.Advance(4);
    }
}
