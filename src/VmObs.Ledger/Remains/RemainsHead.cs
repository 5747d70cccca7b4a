using System.Buffers.Binary;
using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Remains;

/// <summary>What is gone of a sealed file of which a part expired: the head of the outboard beside it. Format: docs/format/outboard.md.</summary>
/// <param name="ContentHash">BLAKE3 of the file as it was sealed.</param>
/// <param name="ContentLength">Its bytes; holes do not change them.</param>
/// <param name="GoneClasses">Retention classes that are gone, one bit each.</param>
/// <param name="Gone">Bytes that are gone and read as zeros: ascending, apart from one another, inside the file.</param>
/// <param name="Witnesses">BLAKE3 of groups as they remain, by number, ascending: all groups of which a part is gone, and any others.</param>
public sealed record RemainsHead(
    Digest ContentHash, long ContentLength, uint GoneClasses, IReadOnlyList<ByteRange> Gone, IReadOnlyList<KeyValuePair<long, Digest>> Witnesses)
{
    /// <summary>What follows a sealed file's name in that of its outboard.</summary>
    public const string Suffix = ".outboard";

    /// <summary>What follows a sealed file's name in that of an outboard whose receipt or whose holes are not made yet.</summary>
    public const string PendingSuffix = ".outboard.next";

    /// <summary>Bytes of a head before its lists.</summary>
    public const int FixedBytes = 8 + Digest.Bytes + 8 + 4 + 4 + 4;

    private const int RangeBytes = 16;
    private const int WitnessBytes = 8 + Digest.Bytes;

    private static ReadOnlySpan<byte> Magic => "VMOREST1"u8;

    /// <summary>All bytes that are gone.</summary>
    public long GoneBytes => Gone.Sum(range => range.Length);

    /// <summary>Whether any of some bytes are gone.</summary>
    public bool Touches(long offset, long length)
    {
        var at = FirstEndingBehind(offset);
        return at < Gone.Count && Gone[at].Offset < offset + length;
    }

    /// <summary>Whether all of some bytes are gone.</summary>
    public bool Covers(long offset, long length)
    {
        var at = FirstEndingBehind(offset);
        return at < Gone.Count && Gone[at].Offset <= offset && Gone[at].End >= offset + length;
    }

    /// <summary>Zeros what is gone of a part of the file.</summary>
    public void Blank(long offset, Span<byte> bytes)
    {
        for (var at = FirstEndingBehind(offset); at < Gone.Count && Gone[at].Offset < offset + bytes.Length; at++)
        {
            var from = Math.Max(0, Gone[at].Offset - offset);
            var to = Math.Min(bytes.Length, Gone[at].End - offset);
            bytes[(int)from..(int)to].Clear();
        }
    }

    /// <summary>The BLAKE3 of a group as it remains; null where the head has none.</summary>
    public Digest? WitnessOf(long group)
    {
        var (low, high) = (0, Witnesses.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Witnesses[middle].Key < group ? (middle + 1, high) : (low, middle);
        }
        return low < Witnesses.Count && Witnesses[low].Key == group ? Witnesses[low].Value : null;
    }

    /// <summary>What a receipt calls outboard_head: BLAKE3 of the head's bytes.</summary>
    public Digest Hash()
    {
        var bytes = ToBytes();
        return new Digest(bytes.AsSpan(bytes.Length - Digest.Bytes));
    }

    /// <summary>The head's bytes, with their BLAKE3 at the end.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[FixedBytes + (Gone.Count * RangeBytes) + (Witnesses.Count * WitnessBytes) + Digest.Bytes];
        Magic.CopyTo(bytes);
        ContentHash.CopyTo(bytes.AsSpan(8));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), ContentLength);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(48), GoneClasses);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(52), Gone.Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(56), Witnesses.Count);
        var rest = bytes.AsSpan(FixedBytes);
        foreach (var range in Gone)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, range.Offset);
            BinaryPrimitives.WriteInt64LittleEndian(rest[8..], range.Length);
            rest = rest[RangeBytes..];
        }
        foreach (var (group, hash) in Witnesses)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, group);
            hash.CopyTo(rest[8..]);
            rest = rest[WitnessBytes..];
        }
        Blake3.Hash(bytes.AsSpan(0, bytes.Length - Digest.Bytes)).CopyTo(rest);
        return bytes;
    }

    /// <summary>Bytes of the head that begins with these.</summary>
    /// <param name="fixedPart">At least <see cref="FixedBytes"/>.</param>
    /// <param name="available">Bytes that the outboard has in all.</param>
    /// <exception cref="FormatException">They begin none, or one that does not fit.</exception>
    public static int LengthOf(ReadOnlySpan<byte> fixedPart, long available)
    {
        if (fixedPart.Length < FixedBytes || !fixedPart.StartsWith(Magic))
            throw new FormatException($"found {Math.Min(fixedPart.Length, FixedBytes)} bytes that begin no outboard, expected VMOREST1 and its head");
        long ranges = BinaryPrimitives.ReadUInt32LittleEndian(fixedPart[52..]);
        long witnesses = BinaryPrimitives.ReadUInt32LittleEndian(fixedPart[56..]);
        var length = FixedBytes + (ranges * RangeBytes) + (witnesses * WitnessBytes) + Digest.Bytes;
        return length <= Math.Min(available, Array.MaxLength)
            ? (int)length
            : throw new FormatException($"found {available} bytes, expected a head of {length} for {ranges} ranges and {witnesses} groups");
    }

    /// <summary>Reads a head, checking its hash and that its lists can be.</summary>
    /// <exception cref="FormatException">Not a head.</exception>
    public static RemainsHead Parse(ReadOnlySpan<byte> bytes)
    {
        var length = LengthOf(bytes, bytes.Length);
        var stated = new Digest(bytes.Slice(length - Digest.Bytes, Digest.Bytes));
        if (Blake3.Hash(bytes[..(length - Digest.Bytes)]) is var hash && hash != stated)
            throw new FormatException($"found a head with BLAKE3 {hash}, expected {stated} as its end says");
        var gone = new ByteRange[BinaryPrimitives.ReadInt32LittleEndian(bytes[52..])];
        var witnesses = new KeyValuePair<long, Digest>[BinaryPrimitives.ReadInt32LittleEndian(bytes[56..])];
        var rest = bytes[FixedBytes..];
        for (var i = 0; i < gone.Length; i++, rest = rest[RangeBytes..])
            gone[i] = new ByteRange(BinaryPrimitives.ReadInt64LittleEndian(rest), BinaryPrimitives.ReadInt64LittleEndian(rest[8..]));
        for (var i = 0; i < witnesses.Length; i++, rest = rest[WitnessBytes..])
            witnesses[i] = new(BinaryPrimitives.ReadInt64LittleEndian(rest), new Digest(rest.Slice(8, Digest.Bytes)));
        var head = new RemainsHead(
            new Digest(bytes.Slice(8, Digest.Bytes)), BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[48..]), gone, witnesses);
        return head.IsPossible() ? head : throw new FormatException("found ranges or groups out of order or outside the file, expected them ascending and inside it");
    }

    private bool IsPossible()
    {
        var at = -1L;
        foreach (var range in Gone)
        {
            if (range.Offset <= at || range.Length <= 0 || range.Offset > ContentLength - range.Length)
                return false;
            at = range.End;
        }
        var last = -1L;
        foreach (var (group, _) in Witnesses)
        {
            if (group <= last || group >= BaoTree.GroupsOf(ContentLength, BaoTree.FileGroupBytes))
                return false;
            last = group;
        }
        return true;
    }

    private int FirstEndingBehind(long offset)
    {
        var (low, high) = (0, Gone.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Gone[middle].End <= offset ? (middle + 1, high) : (low, middle);
        }
        return low;
    }
}
