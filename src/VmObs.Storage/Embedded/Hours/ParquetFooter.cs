using System.Buffers.Binary;
using System.IO.Hashing;
using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Remains;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A CRC over a Parquet footer, which Parquet itself does not have: 8 bytes right before it, to which nothing in the file points.</summary>
/// <remarks>
/// <code>… page index · "VMOF" · u32 CRC-32 · footer · u32 length of the footer · "PAR1"</code>
/// The CRC is over the footer and the 8 bytes after it. Without it a bit that flips in the footer can make a query miss rows in silence.
/// </remarks>
internal static class ParquetFooter
{
    /// <summary>Bytes before the footer: magic and CRC.</summary>
    public const int GuardBytes = 8;

    /// <summary>Bytes after the footer: its length and Parquet's magic.</summary>
    public const int TailBytes = 8;

    private static ReadOnlySpan<byte> Magic => "VMOF"u8;

    /// <summary>Writes the guard of a footer.</summary>
    public static void WriteGuard(Span<byte> destination, ReadOnlySpan<byte> footerAndTail)
    {
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Crc32.HashToUInt32(footerAndTail));
    }

    /// <summary>Reads the footer of a file and checks it against its guard, or, where row groups expired and their values were zeroed in it, as it
    /// remains.</summary>
    /// <returns>The footer's bytes, and where they stand.</returns>
    /// <exception cref="DamagedFileException">They do not fit.</exception>
    public static (byte[] Footer, long Start) Read(DiskFile file, RemainsHead? remains = null)
    {
        var length = file.Length;
        Span<byte> tail = stackalloc byte[TailBytes];
        if (length < GuardBytes + TailBytes || file.Read(tail, length - TailBytes) != TailBytes || !tail[4..].SequenceEqual("PAR1"u8))
            throw new DamagedFileException(file.Path, Math.Max(0, length - TailBytes), "no Parquet footer", "its length and PAR1 at the file's end");
        var footer = BinaryPrimitives.ReadInt32LittleEndian(tail);
        var start = length - TailBytes - footer;
        if (footer <= 0 || start < GuardBytes)
            throw new DamagedFileException(file.Path, length - TailBytes, $"a footer of {footer} bytes", "one that fits the file");
        var bytes = new byte[GuardBytes + footer + TailBytes];
        Span<byte> guard = stackalloc byte[GuardBytes];
        var read = file.Read(bytes, start - GuardBytes);
        WriteGuard(guard, bytes.AsSpan(GuardBytes));
        if (read != bytes.Length || (remains is null && !bytes.AsSpan().StartsWith(guard)))
            throw new DamagedFileException(file.Path, start, "a footer that its CRC before it does not fit", "the footer that was written");
        if (remains is not null)
            CheckRemaining(file, remains);
        return (bytes[GuardBytes..^TailBytes], start);
    }

    private static void CheckRemaining(DiskFile file, RemainsHead remains)
    {
        var footer = ParquetLayout.Read(file).Footer;
        var group = new byte[BaoTree.FileGroupBytes];
        for (var number = footer.Offset / group.Length; number * group.Length < footer.End; number++)
        {
            var offset = number * group.Length;
            var bytes = group.AsSpan(0, file.Read(group, offset));
            // An engine may be between the head and the holes.
            remains.Blank(offset, bytes);
            if (remains.WitnessOf(number) != Blake3.Hash(bytes))
                throw new DamagedFileException(file.Path, offset, "a footer that its outboard does not fit", "the footer as it remained when row groups expired");
        }
    }
}
