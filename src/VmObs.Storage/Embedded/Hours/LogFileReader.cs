using System.Buffers.Binary;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What reading a whole log file found.</summary>
/// <param name="Counts">Lines by level.</param>
/// <param name="Services">Services, ascending.</param>
/// <param name="Findings">What is not as the file itself says; empty for a good file.</param>
internal sealed record LogFileCheck(long[] Counts, IReadOnlyList<string> Services, IReadOnlyList<string> Findings);

/// <summary>Reads log files. Format: docs/format/logs.md.</summary>
internal static class LogFileReader
{
    /// <summary>The block table of a sealed file.</summary>
    /// <exception cref="DamagedFileException">There is none, or it does not fit the file.</exception>
    public static IReadOnlyList<LogBlock> ReadTable(DiskFile file)
    {
        var (tableOffset, count, trailerOffset) = ReadTrailer(file);
        var table = new byte[trailerOffset - tableOffset];
        file.Read(table, tableOffset);
        var blocks = new List<LogBlock>();
        long end = 0;
        for (var at = 0; at < table.Length;)
        {
            var (start, length, whole) = LogMember.ReadExtra(table.AsSpan(at));
            if (whole == 0)
                throw new DamagedFileException(file.Path, tableOffset + at, "no table member", "an empty gzip member with a VO field");
            var content = (ReadOnlySpan<byte>)table.AsSpan(at + start, length);
            while (!content.IsEmpty)
                end = ReadEntry(file, ref content, tableOffset + at, end, blocks);
            at += whole;
        }
        if (end != tableOffset || blocks.Count != count)
            throw new DamagedFileException(file.Path, tableOffset, $"a table of {blocks.Count} blocks that end at {end}", $"{count} blocks that end at {tableOffset}");
        return blocks;
    }

    /// <summary>Inflates one block's lines, checking CRC and length.</summary>
    /// <exception cref="DamagedFileException">The member is not what the table says.</exception>
    public static void ReadBlock(DiskFile file, LogBlock block, PooledBuffer into)
    {
        var member = System.Buffers.ArrayPool<byte>.Shared.Rent(block.Length);
        try
        {
            if (file.Read(member.AsSpan(0, block.Length), block.Offset) != block.Length)
                throw new DamagedFileException(file.Path, block.Offset, "the end of the file", $"a block of {block.Length} bytes");
            LogMember.Read(member.AsMemory(0, block.Length), block.TextLength, into);
        }
        catch (InvalidDataException error)
        {
            throw new DamagedFileException(file.Path, block.Offset, error.Message, $"a gzip member with {block.TextLength} bytes of text");
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(member);
        }
    }

    /// <summary>Reads everything and compares it with the table.</summary>
    /// <exception cref="DamagedFileException">The table or a block cannot be read.</exception>
    public static LogFileCheck Verify(DiskFile file)
    {
        var counts = new long[Levels.Count];
        var services = new SortedSet<string>(StringComparer.Ordinal);
        var findings = new List<string>();
        using var text = new PooledBuffer(LogFileWriter.BlockTextBytes * 2);
        foreach (var block in ReadTable(file))
        {
            text.Clear();
            ReadBlock(file, block, text);
            VerifyBlock(file.Path, block, text.WrittenSpan, counts, services, findings);
        }
        return new LogFileCheck(counts, [.. services], findings);
    }

    private static (long TableOffset, int Count, long TrailerOffset) ReadTrailer(DiskFile file)
    {
        var bytes = new byte[LogMember.ExtraLength(LogFileWriter.TrailerContentBytes)];
        var offset = file.Length - bytes.Length;
        if (offset >= 0 && file.Read(bytes, offset) == bytes.Length
            && LogMember.ReadExtra(bytes) is (var start, LogFileWriter.TrailerContentBytes, _)
            && bytes.AsSpan(start).StartsWith(LogFileWriter.TrailerMagic))
        {
            var table = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(start + 8));
            if (table >= 0 && table <= offset && offset - table <= int.MaxValue)
                return (table, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(start + 16)), offset);
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

    private static void VerifyBlock(
        string path, LogBlock block, ReadOnlySpan<byte> text, long[] counts, SortedSet<string> services, List<string> findings)
    {
        var found = new SortedDictionary<string, int[]>(StringComparer.Ordinal);
        var lines = 0;
        for (var rest = text; !rest.IsEmpty; lines++)
        {
            var newline = rest.IndexOf((byte)'\n');
            var line = newline < 0 ? rest : rest[..newline];
            if (newline < 0 || LogLineFields.TryRead(line) is not { } fields)
            {
                findings.Add($"{path}: block at byte {block.Offset}, line {lines}: not a log document");
                return;
            }
            if (fields.Level.Retention() != block.Class || fields.TimestampUnixNanos < block.FirstUnixNanos || fields.TimestampUnixNanos > block.LastUnixNanos)
                findings.Add($"{path}: block at byte {block.Offset}, line {lines}: class {fields.Level.Retention()} at {Rfc3339.Format(fields.TimestampUnixNanos)} does not belong in a block of class {block.Class} from {Rfc3339.Format(block.FirstUnixNanos)} to {Rfc3339.Format(block.LastUnixNanos)}");
            if (!found.TryGetValue(fields.Service, out var levels))
                found.Add(fields.Service, levels = new int[Levels.Count]);
            levels[(int)fields.Level]++;
            counts[(int)fields.Level]++;
            services.Add(fields.Service);
            rest = rest[(newline + 1)..];
        }
        var told = new SortedDictionary<string, int[]>(block.Services.ToDictionary(s => s.Service, s => s.Counts), StringComparer.Ordinal);
        if (lines != block.Lines || !found.Keys.SequenceEqual(told.Keys) || !found.Values.Zip(told.Values).All(p => p.First.AsSpan().SequenceEqual(p.Second)))
            findings.Add($"{path}: block at byte {block.Offset}: found {lines} lines {Describe(found)}, its table entry says {block.Lines} lines {Describe(told)}");
    }

    private static string Describe(SortedDictionary<string, int[]> counts) =>
        string.Join("; ", counts.Select(service => $"{service.Key} {string.Join('/', service.Value)}"));
}
