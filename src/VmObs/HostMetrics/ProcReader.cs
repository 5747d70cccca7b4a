using System.Buffers;
using System.Buffers.Text;

namespace VmObs.HostMetrics;

/// <summary>Reads a Linux host's numbers from /proc. https://docs.kernel.org/filesystems/proc.html</summary>
/// <remarks>Not thread-safe. A file that is not there, or has another form, leaves its numbers out.</remarks>
internal sealed class ProcReader(string procFolder, string blockFolder, string dataFolder)
{
    private const int SectorBytes = 512; // of /proc/diskstats, whatever the device's are

    private static readonly SearchValues<byte> s_blanks = SearchValues.Create(" \t:"u8);

    private byte[] _text = new byte[16 * 1024];

    /// <summary>Reads all numbers.</summary>
    public HostReading Read()
    {
        var (load, threads) = ReadLoad();
        var (memory, swapUsed) = ReadMemory();
        return new HostReading
        {
            Processor = ReadProcessor(),
            Load = load,
            Threads = threads,
            Memory = memory,
            SwapUsed = swapUsed,
            Disk = ReadDisk(),
            Network = ReadNetwork(),
            OpenFiles = NumberAt(Text("sys/fs/file-nr"), 0),
            Uptime = NumberAt(Text("uptime"), 0),
            Disks = ReadDisks(),
        };
    }

    // cpu user nice system idle iowait irq softirq steal guest guest_nice; the last two are in user and nice already.
    private (ulong, ulong)? ReadProcessor()
    {
        var line = FirstLine(Text("stat"));
        if (!line.StartsWith("cpu "u8))
            return null;
        ulong total = 0, idle = 0;
        for (var i = 1; i <= 8; i++)
        {
            if (NumberAt(line, i) is not { } ticks)
                break;
            total += (ulong)ticks;
            idle += i is 4 or 5 ? (ulong)ticks : 0;
        }
        return total == 0 ? null : (total - idle, total);
    }

    // 0.20 0.18 0.12 1/80 11206
    private ((double, double, double)?, double?) ReadLoad()
    {
        var line = Text("loadavg");
        var slash = line.IndexOf((byte)'/');
        return (
            NumberAt(line, 0) is { } one && NumberAt(line, 1) is { } five && NumberAt(line, 2) is { } fifteen ? (one, five, fifteen) : null,
            slash < 0 ? null : NumberAt(line[(slash + 1)..], 0));
    }

    // MemTotal:       32752848 kB
    private ((double, double)?, double?) ReadMemory()
    {
        var text = Text("meminfo");
        return (
            Kilobytes(text, "MemTotal:"u8) is { } total && Kilobytes(text, "MemAvailable:"u8) is { } available ? (total, available) : null,
            Kilobytes(text, "SwapTotal:"u8) - Kilobytes(text, "SwapFree:"u8));
    }

    private static double? Kilobytes(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name)
    {
        var at = text.IndexOf(name);
        return at < 0 ? null : NumberAt(text[(at + name.Length)..], 0) * 1024;
    }

    private (double, double, double)? ReadDisk()
    {
        try
        {
            var disk = new DriveInfo(dataFolder);
            return (disk.TotalSize, disk.TotalSize - disk.TotalFreeSpace, disk.AvailableFreeSpace);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    //   eth0: 1234 5 0 0 0 0 0 0 567 8 …: received bytes stand first, sent bytes ninth.
    private (double, double)? ReadNetwork()
    {
        var text = Text("net/dev");
        if (text.IsEmpty)
            return null;
        double received = 0, sent = 0;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            if (NumberAt(line, 1) is not { } bytes || line.TrimStart((byte)' ').StartsWith("lo:"u8))
                continue;
            received += bytes;
            sent += NumberAt(line, 9) ?? 0;
        }
        return (received, sent);
    }

    //  8 0 sda 5131 0 sectors-read … the sixth number; sectors-written the tenth. Partitions are counted with their disk.
    private List<(string, double, double)> ReadDisks()
    {
        var text = Text("diskstats");
        var disks = new List<(string, double, double)>();
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            var name = System.Text.Encoding.ASCII.GetString(WordAt(line, 2));
            if (name.Length == 0 || name.StartsWith("loop", StringComparison.Ordinal) || name.StartsWith("ram", StringComparison.Ordinal) || !Directory.Exists(Path.Combine(blockFolder, name)))
                continue;
            if (NumberAt(line, 5) is { } read && NumberAt(line, 9) is { } written && read + written > 0)
                disks.Add((name, read * SectorBytes, written * SectorBytes));
        }
        return disks;
    }

    private ReadOnlySpan<byte> Text(string file)
    {
        try
        {
            using var handle = File.OpenHandle(Path.Combine(procFolder, file));
            var length = 0;
            while (true)
            {
                // Files of /proc do not say how long they are.
                var read = RandomAccess.Read(handle, _text.AsSpan(length), length);
                length += read;
                if (read == 0)
                    return _text.AsSpan(0, length);
                if (length == _text.Length)
                    Array.Resize(ref _text, 2 * length);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> text) => text.IndexOf((byte)'\n') is >= 0 and var end ? text[..end] : text;

    private static ReadOnlySpan<byte> WordAt(ReadOnlySpan<byte> text, int index)
    {
        for (; ; index--)
        {
            var start = text.IndexOfAnyExcept(s_blanks);
            if (start < 0)
                return default;
            text = text[start..];
            var end = text.IndexOfAny(s_blanks);
            if (index == 0)
                return FirstLine(end < 0 ? text : text[..end]);
            if (end < 0)
                return default;
            text = text[end..];
        }
    }

    private static double? NumberAt(ReadOnlySpan<byte> text, int index) => Utf8Parser.TryParse(WordAt(text, index), out double number, out _) ? number : null;
}
