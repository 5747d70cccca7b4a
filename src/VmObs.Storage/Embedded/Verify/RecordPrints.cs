using System.Buffers.Binary;
using System.Security.Cryptography;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>Prints of canonical records: 16 bytes of BLAKE3 under a key that is drawn anew for each run.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class RecordPrints : IDisposable
{
    private readonly Blake3Mode _keyed;
    private readonly PooledBuffer _scratch = new(4096);

    /// <summary>Draws a key.</summary>
    public RecordPrints()
        : this(Blake3Mode.Keyed(RandomNumberGenerator.GetBytes(Blake3Mode.KeyBytes)))
    {
    }

    private RecordPrints(Blake3Mode keyed) => _keyed = keyed;

    /// <summary>Another one under the same key, for another thread.</summary>
    public RecordPrints Share() => new(_keyed);

    /// <summary>Of a log line: its time and the document from "level" on. Its id follows from both and the lines before it.</summary>
    public UInt128 OfLine(long timestampUnixNanos, ReadOnlySpan<byte> tail)
    {
        _scratch.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(_scratch.GetSpan(sizeof(long)), timestampUnixNanos);
        _scratch.Advance(sizeof(long));
        _scratch.Write(tail);
        return Of(_scratch.WrittenSpan);
    }

    /// <summary>Of a series' canonical labels.</summary>
    public UInt128 OfSeries(ReadOnlySpan<byte> key) => Of(key);

    /// <summary>Of a sample of a series, to the bit.</summary>
    public UInt128 OfSample(UInt128 series, long timestampUnixNanos, double value, ReadOnlySpan<byte> detail)
    {
        const int Head = 16 + sizeof(long) + sizeof(double);
        _scratch.Clear();
        var head = _scratch.GetSpan(Head);
        BinaryPrimitives.WriteUInt128LittleEndian(head, series);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], timestampUnixNanos);
        BinaryPrimitives.WriteDoubleLittleEndian(head[24..], value);
        _scratch.Advance(Head);
        _scratch.Write(detail);
        return Of(_scratch.WrittenSpan);
    }

    /// <summary>Of a decided trace: its leaf commits to id, decision and spans.</summary>
    public UInt128 OfTrace(in Digest leaf) => Of(leaf.Span);

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    private UInt128 Of(ReadOnlySpan<byte> bytes)
    {
        var hash = Blake3.Hash(bytes, _keyed);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash.Span);
    }
}
