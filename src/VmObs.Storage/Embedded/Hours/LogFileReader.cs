using System.Buffers;
using System.Buffers.Binary;
using VmObs.Ledger.Remains;
using VmObs.Signals;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads log files. Format: docs/format/logs.md.</summary>
internal static class LogFileReader
{
    /// <summary>The block table of a sealed file.</summary>
    /// <exception cref="DamagedFileException">There is none, or it does not fit the file.</exception>
    public static IReadOnlyList<LogBlock> ReadTable(DiskFile file)
    {
        var trailer = ReadTrailer(file);
        var table = new byte[trailer.Offset - trailer.TableOffset];
        if (file.Read(table, trailer.TableOffset) != table.Length)
            throw new DamagedFileException(file.Path, trailer.TableOffset, "the end of the file", $"a table of {table.Length} bytes");
        var blocks = new List<LogBlock>();
        long end = 0;
        for (var at = 0; at < table.Length;)
        {
            var (start, length, whole) = LogMember.ReadExtra(table.AsSpan(at));
            if (whole == 0)
                throw new DamagedFileException(file.Path, trailer.TableOffset + at, "no whole table member", "an empty gzip member with a VO field and its CRC");
            var content = (ReadOnlySpan<byte>)table.AsSpan(at + start, length);
            while (!content.IsEmpty)
                end = ReadEntry(file, ref content, trailer.TableOffset + at, end, blocks);
            at += whole;
        }
        var lines = blocks.Sum(block => (long)block.Lines);
        if (end != trailer.TableOffset || blocks.Count != trailer.Blocks || lines != trailer.Lines)
        {
            throw new DamagedFileException(
                file.Path, trailer.TableOffset, $"a table of {blocks.Count} blocks with {lines} lines that end at {end}",
                $"{trailer.Blocks} blocks with {trailer.Lines} lines that end at {trailer.TableOffset}, as the trailer says");
        }
        return blocks;
    }

    /// <summary>Inflates one block's lines, checking CRC and length.</summary>
    /// <exception cref="DamagedFileException">The member is not what the table says.</exception>
    public static void ReadBlock(DiskFile file, LogBlock block, PooledBuffer into)
    {
        var member = ArrayPool<byte>.Shared.Rent(block.Length);
        var before = into.Length;
        try
        {
            if (file.Read(member.AsSpan(0, block.Length), block.Offset) != block.Length)
                throw new InvalidDataException("the end of the file");
            LogMember.Read(member.AsSpan(0, block.Length), block.TextLength, into);
        }
        catch (InvalidDataException error)
        {
            into.Truncate(before);
            throw new DamagedFileException(
                file.Path, block.Offset, error.Message, $"a gzip member of {block.Length} bytes with {block.TextLength} bytes of text");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(member);
        }
    }

    /// <summary>Reads everything that remains and compares it with the table.</summary>
    /// <param name="file">The file.</param>
    /// <param name="remains">What is gone of it.</param>
    /// <param name="blocks">Gets each block that can be read as well.</param>
    /// <returns>What the lines themselves say; blocks that cannot be read are findings and count for nothing.</returns>
    /// <exception cref="DamagedFileException">The table cannot be read.</exception>
    public static LogFileCheck Verify(DiskFile file, RemainsHead? remains = null, ILogBlockSink? blocks = null)
    {
        using var verification = new LogFileVerification(file.Path);
        using var text = new PooledBuffer(LogFileWriter.BlockTextBytes * 2);
        foreach (var block in ReadTable(file))
        {
            if (remains is not null && remains.Covers(block.Offset, block.Length))
                continue;
            text.Clear();
            try
            {
                ReadBlock(file, block, text);
            }
            catch (DamagedFileException error)
            {
                verification.Unreadable(block, error);
                continue;
            }
            verification.Block(block, text.WrittenSpan);
            blocks?.Closed(text.WrittenSpan);
        }
        return verification.ToCheck();
    }

    private static Trailer ReadTrailer(DiskFile file)
    {
        var bytes = new byte[LogMember.ExtraLength(LogFileWriter.TrailerContentBytes)];
        var offset = file.Length - bytes.Length;
        if (offset >= 0 && file.Read(bytes, offset) == bytes.Length
            && LogMember.ReadExtra(bytes) is (var start, LogFileWriter.TrailerContentBytes, _)
            && bytes.AsSpan(start).StartsWith(LogFileWriter.TrailerMagic))
        {
            var content = bytes.AsSpan(start, LogFileWriter.TrailerContentBytes);
            var trailer = new Trailer(
                offset, BinaryPrimitives.ReadInt64LittleEndian(content[8..]), BinaryPrimitives.ReadInt32LittleEndian(content[16..]),
                BinaryPrimitives.ReadInt64LittleEndian(content[20..]));
            if (trailer.TableOffset >= 0 && trailer.TableOffset <= offset && offset - trailer.TableOffset <= Array.MaxLength)
                return trailer;
        }
        throw new DamagedFileException(file.Path, Math.Max(offset, 0), "no trailer member", "an empty gzip member with VMOLOGS1 at the file's end");
    }

    private static long ReadEntry(DiskFile file, ref ReadOnlySpan<byte> content, long memberOffset, long end, List<LogBlock> blocks)
    {
        LogBlock block;
        try
        {
            block = LogBlockTable.Read(ref content);
        }
        catch (FormatException error)
        {
            throw new DamagedFileException(file.Path, memberOffset, $"a table entry that is {error.Message}", "a whole block entry");
        }
        if (block.Offset != end)
            throw new DamagedFileException(file.Path, memberOffset, $"block {blocks.Count} at {block.Offset}", $"it at {end}, where the one before ends");
        blocks.Add(block);
        return block.Offset + block.Length;
    }

    private readonly record struct Trailer(long Offset, long TableOffset, int Blocks, long Lines);
}
