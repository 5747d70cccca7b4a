using System.Buffers.Binary;
using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>The end of a run, which says what is in it. Format: docs/format/runs.md.</summary>
/// <param name="FirstPosition">The journal from here, inclusive,</param>
/// <param name="LastPosition">to here, inclusive, is what the run holds of its signal.</param>
/// <param name="Sections">By hour.</param>
internal sealed record RunFooter(long FirstPosition, long LastPosition, IReadOnlyList<RunSection> Sections)
{
    private const int FixedBytes = (2 * sizeof(long)) + sizeof(int);
    private const int TailBytes = Digest.Bytes + sizeof(int) + 8;

    /// <summary>A run's first bytes.</summary>
    public static ReadOnlySpan<byte> HeadMagic => "VMORUN1\n"u8;

    private static ReadOnlySpan<byte> TailMagic => "VMORUNF1"u8;

    /// <summary>first position i64 · last position i64 · sections u32 · sections · BLAKE3 of all before · u32 length before the BLAKE3 · magic.</summary>
    public byte[] ToBytes()
    {
        var length = FixedBytes + (Sections.Count * RunSection.Bytes);
        var bytes = new byte[length + TailBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, FirstPosition);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), LastPosition);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), Sections.Count);
        for (var i = 0; i < Sections.Count; i++)
            Sections[i].Write(bytes.AsSpan(FixedBytes + (i * RunSection.Bytes)));
        Blake3.Hash(bytes.AsSpan(0, length)).CopyTo(bytes.AsSpan(length));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(length + Digest.Bytes), length);
        TailMagic.CopyTo(bytes.AsSpan(length + Digest.Bytes + sizeof(int)));
        return bytes;
    }

    /// <summary>Reads the footer of a finished run.</summary>
    /// <exception cref="DamagedFileException">It is not what was written.</exception>
    public static RunFooter Read(DiskFile file)
    {
        var fileLength = file.Length;
        Span<byte> tail = stackalloc byte[sizeof(int) + 8];
        if (fileLength < HeadMagic.Length + FixedBytes + TailBytes || file.Read(tail, fileLength - tail.Length) != tail.Length || !tail[sizeof(int)..].SequenceEqual(TailMagic))
            throw new DamagedFileException(file.Path, Math.Max(0, fileLength - tail.Length), "no end of a run", "VMORUNF1");
        var length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        var start = fileLength - TailBytes - length;
        if (length < FixedBytes || start < HeadMagic.Length)
            throw new DamagedFileException(file.Path, fileLength - tail.Length, $"a footer of {length} bytes", "one that fits the file");
        var bytes = new byte[length + Digest.Bytes];
        file.Read(bytes, start);
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(16));
        if (Blake3.Hash(bytes.AsSpan(0, length)) != new Digest(bytes.AsSpan(length)) || count < 0 || length != FixedBytes + ((long)count * RunSection.Bytes))
            throw new DamagedFileException(file.Path, start, "a footer that its BLAKE3 does not fit", "the footer that was written");
        var sections = new RunSection[count];
        for (var i = 0; i < count; i++)
            sections[i] = RunSection.Read(bytes.AsSpan(FixedBytes + (i * RunSection.Bytes)));
        return new RunFooter(BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)), sections);
    }
}
