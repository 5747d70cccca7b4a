using System.Buffers.Binary;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>A decided trace's key in a run: in the order in which sealing wants the traces, failed ones first.</summary>
/// <remarks><code>u8 0: failed, 1: not · trace id 16 · decision u64 big-endian</code></remarks>
internal static class TraceRunKey
{
    /// <summary>Its length.</summary>
    public const int Bytes = 1 + TraceId.Bytes + sizeof(long);

    /// <summary>Writes a key.</summary>
    public static void Write(Span<byte> destination, bool failed, TraceKey key)
    {
        destination[0] = failed ? (byte)0 : (byte)1;
        key.Id.Write(destination[1..]);
        BinaryPrimitives.WriteInt64BigEndian(destination[(1 + TraceId.Bytes)..], key.Decision);
    }

    /// <summary>Reads a key.</summary>
    /// <exception cref="FormatException">The bytes are not one.</exception>
    public static (bool Failed, TraceKey Key) Read(ReadOnlySpan<byte> source) =>
        source.Length == Bytes && source[0] <= 1
            ? (source[0] == 0, new TraceKey(TraceId.Read(source[1..]), BinaryPrimitives.ReadInt64BigEndian(source[(1 + TraceId.Bytes)..])))
            : throw new FormatException($"a trace's key of {source.Length} bytes");
}
