using System.Buffers.Binary;
using System.Text;
using VmObs.Signals;
using VmObs.Signals.Logs;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>The bytes of block table entries, which stand in the log file's last members and in the manifest of an open hour.</summary>
internal static class LogBlockTable
{
    /// <summary>Bytes of an entry before its services.</summary>
    public const int HeadBytes = 39;

    /// <summary>Bytes of a service before its name.</summary>
    public const int ServiceHeadBytes = 34;

    /// <summary>Appends one entry: offset u64 · length u32 · text length u32 · lines u32 · class u8 · first i64 · last i64 · services u16, then for
    /// each service: last i64 · six counts u32 · name length u16 · name. Little-endian.</summary>
    public static void Write(PooledBuffer destination, LogBlock block)
    {
        var head = destination.GetSpan(HeadBytes);
        BinaryPrimitives.WriteInt64LittleEndian(head, block.Offset);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], block.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], block.TextLength);
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], block.Lines);
        head[20] = (byte)block.Class;
        BinaryPrimitives.WriteInt64LittleEndian(head[21..], block.FirstUnixNanos);
        BinaryPrimitives.WriteInt64LittleEndian(head[29..], block.LastUnixNanos);
        BinaryPrimitives.WriteUInt16LittleEndian(head[37..], checked((ushort)block.Services.Count));
        destination.Advance(HeadBytes);
        foreach (var service in block.Services)
        {
            var name = Encoding.UTF8.GetBytes(service.Service);
            var entry = destination.GetSpan(ServiceHeadBytes);
            BinaryPrimitives.WriteInt64LittleEndian(entry, service.LastUnixNanos);
            for (var level = 0; level < Levels.Count; level++)
                BinaryPrimitives.WriteInt32LittleEndian(entry[(8 + (level * 4))..], service.Counts[level]);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[32..], checked((ushort)name.Length));
            destination.Advance(ServiceHeadBytes);
            destination.Write(name);
        }
    }

    /// <summary>Reads one entry from the start of the bytes and moves them on.</summary>
    /// <exception cref="FormatException">The bytes are cut off or say what cannot be.</exception>
    public static LogBlock Read(ref ReadOnlySpan<byte> source)
    {
        var head = Take(ref source, HeadBytes);
        var services = new LogBlock.ServiceCounts[BinaryPrimitives.ReadUInt16LittleEndian(head[37..])];
        for (var i = 0; i < services.Length; i++)
        {
            var entry = Take(ref source, ServiceHeadBytes);
            var counts = new int[Levels.Count];
            for (var level = 0; level < counts.Length; level++)
                counts[level] = BinaryPrimitives.ReadInt32LittleEndian(entry[(8 + (level * 4))..]);
            var name = Take(ref source, BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]));
            services[i] = new LogBlock.ServiceCounts(Encoding.UTF8.GetString(name), counts, BinaryPrimitives.ReadInt64LittleEndian(entry));
        }
        var block = new LogBlock(
            BinaryPrimitives.ReadInt64LittleEndian(head), BinaryPrimitives.ReadInt32LittleEndian(head[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(head[12..]), BinaryPrimitives.ReadInt32LittleEndian(head[16..]), (RetentionClass)head[20],
            BinaryPrimitives.ReadInt64LittleEndian(head[21..]), BinaryPrimitives.ReadInt64LittleEndian(head[29..]), services);
        return IsPossible(block) ? block : throw new FormatException("about a block that cannot be");
    }

    private static bool IsPossible(LogBlock block)
    {
        if (block.Offset < 0 || block.Length < LogMember.MinBytes || block.TextLength < 0 || block.TextLength > (long)LogMember.MaxInflation * block.Length
            || block.Class > RetentionClass.Error || block.FirstUnixNanos > block.LastUnixNanos)
            return false;
        long lines = 0;
        foreach (var service in block.Services)
        {
            foreach (var count in service.Counts)
            {
                if (count < 0)
                    return false;
                lines += count;
            }
        }
        return lines == block.Lines && lines > 0;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> source, int length)
    {
        if (source.Length < length)
            throw new FormatException($"cut off: {source.Length} bytes where {length} should follow");
        var taken = source[..length];
        source = source[length..];
        return taken;
    }
}
