using System.Buffers.Binary;
using VmObs.Ledger.Hashing;

namespace VmObs.Receipts;

/// <summary>A receipt in the scroll.</summary>
/// <param name="Offset">Where its line begins.</param>
/// <param name="TimestampUnixNanos">Its timestamp; the smallest number where it has none.</param>
/// <param name="Decision">The journal record that decided its trace; -1 where it is of no trace.</param>
/// <param name="Check">The first 16 bytes of BLAKE3 of its line.</param>
/// <param name="Length">Bytes of its line, without the newline.</param>
/// <param name="Type">Its type's number: <see cref="ReceiptTypes"/>.</param>
internal readonly record struct ReceiptPlace(long Offset, long TimestampUnixNanos, long Decision, UInt128 Check, int Length, byte Type)
{
    /// <summary>Bytes that it takes in the index.</summary>
    public const int Bytes = 48;

    /// <summary>The second of its timestamp.</summary>
    public long UnixSecond => TimestampUnixNanos / 1_000_000_000;

    /// <summary>The check of a line.</summary>
    public static UInt128 CheckOf(ReadOnlySpan<byte> line) => BinaryPrimitives.ReadUInt128LittleEndian(Blake3.Hash(line).Span);

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt64LittleEndian(destination, Offset);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], TimestampUnixNanos);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], Decision);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[24..], Check);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[40..], (ushort)Length);
        destination[42] = Type;
        destination[43..Bytes].Clear();
    }

    public static ReceiptPlace Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt64LittleEndian(source), BinaryPrimitives.ReadInt64LittleEndian(source[8..]), BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
        BinaryPrimitives.ReadUInt128LittleEndian(source[24..]), BinaryPrimitives.ReadUInt16LittleEndian(source[40..]), source[42]);
}
