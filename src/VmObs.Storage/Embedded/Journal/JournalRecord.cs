using System.Buffers.Binary;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>What a journal record is. The numbers are part of the journal's format.</summary>
internal enum JournalRecordKind : byte
{
    /// <summary>A request as it arrived.</summary>
    Request = 1,

    /// <summary>The traces that are complete by this record: 16 bytes a trace id.</summary>
    TraceDecision = 2,

    /// <summary>The same by sampling rules, which keep some of them (<see cref="SampledDecision"/>).</summary>
    SampledDecision = 3,
}

/// <summary>The head of one journal record; its body follows. Format: docs/format/journal.md.</summary>
/// <param name="Position">Counted from 1 over the life of the journal, without gaps.</param>
/// <param name="SyncedThrough">Last position known to be on disk when this record was written. A reader that finds a broken record at or
/// below it has found damage; above it, a write that the crash tore.</param>
internal readonly record struct JournalRecord(
    JournalRecordKind Kind, Signal Signal, WireFormat Format, ContentCoding Coding, int BodyLength, long Position, long SyncedThrough,
    long ArrivalUnixNanos, Digest BodyDigest)
{
    /// <summary>Bytes before the body: the fields, and the chain after this record.</summary>
    public const int HeadBytes = ChainedBytes + Digest.Bytes;

    /// <summary>How many bytes of the body, at its beginning, name the node that the sender is bound to.</summary>
    public int NodeBytes { get; init; }

    private const uint Magic = 0x314A4D56; // "VMJ1"
    private const int ChainedBytes = 72;

    /// <summary>The first bytes of every record.</summary>
    public static ReadOnlySpan<byte> MagicBytes => "VMJ1"u8;

    /// <summary>The request that the record holds.</summary>
    public ReceivedRequest ToRequest(ReadOnlyMemory<byte> body) => new(Signal, Format, Coding, ArrivalUnixNanos, body) { NodeBytes = NodeBytes };

    /// <summary>Writes the head and returns the chain after this record: BLAKE3(chain before ‖ the first 72 bytes).</summary>
    public Digest Write(Span<byte> destination, in Digest chainBefore)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], BodyLength);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], Position);
        BinaryPrimitives.WriteInt64LittleEndian(destination[16..], SyncedThrough);
        BinaryPrimitives.WriteInt64LittleEndian(destination[24..], ArrivalUnixNanos);
        destination[32] = (byte)Kind;
        destination[33] = (byte)Signal;
        destination[34] = (byte)Format;
        destination[35] = (byte)Coding;
        BinaryPrimitives.WriteInt32LittleEndian(destination[36..], NodeBytes);
        BodyDigest.CopyTo(destination[40..]);
        var chain = Chain(destination[..ChainedBytes], chainBefore);
        chain.CopyTo(destination[ChainedBytes..]);
        return chain;
    }

    /// <summary>Reads a head; false when the bytes are not one that follows the given chain.</summary>
    public static bool TryRead(ReadOnlySpan<byte> source, in Digest chainBefore, out JournalRecord record, out Digest chain)
    {
        chain = default;
        if (!TryReadUnchained(source, out record))
            return false;
        chain = Chain(source[..ChainedBytes], chainBefore);
        return chain == new Digest(source.Slice(ChainedBytes, Digest.Bytes));
    }

    /// <summary>Reads a head without knowing what came before it.</summary>
    public static bool TryReadUnchained(ReadOnlySpan<byte> source, out JournalRecord record)
    {
        record = default;
        if (source.Length < HeadBytes || BinaryPrimitives.ReadUInt32LittleEndian(source) != Magic)
            return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(source[4..]);
        var node = BinaryPrimitives.ReadInt32LittleEndian(source[36..]);
        if (length < 0 || node < 0 || node > length)
            return false;
        record = new JournalRecord(
            (JournalRecordKind)source[32], (Signal)source[33], (WireFormat)source[34], (ContentCoding)source[35], length,
            BinaryPrimitives.ReadInt64LittleEndian(source[8..]), BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]), new Digest(source.Slice(40, Digest.Bytes))) { NodeBytes = node };
        return true;
    }

    private static Digest Chain(ReadOnlySpan<byte> fields, in Digest before)
    {
        Span<byte> bytes = stackalloc byte[Digest.Bytes + ChainedBytes];
        before.CopyTo(bytes);
        fields.CopyTo(bytes[Digest.Bytes..]);
        return Blake3.Hash(bytes);
    }
}
