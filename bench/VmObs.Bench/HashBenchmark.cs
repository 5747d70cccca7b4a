using System.Diagnostics;
using VmObs.Ledger.Hashing;

namespace VmObs.Bench;

/// <summary>BLAKE3 by input size beside b3sum and the reference's library, by turns in one run, in GB per second of processor time, best of several.</summary>
/// <remarks>
/// Large inputs: b3sum hashes a file in memory several times over in one process, mapped and read. User time has no reading in it: of a mapped
/// file and of bytes in memory it has the waiting for memory, of a file that is read by 64 KiB, as b3sum does, the kernel has waited already.
/// So equals are compared: memory with mapped, read with read. Small inputs: the library in a loop where it is installed (libblake3-dev and a
/// C compiler), or else b3sum over many files less as many empty ones, a coarse measure.
/// </remarks>
internal static class HashBenchmark
{
    private const int LargeBytes = 256 * 1024 * 1024;
    private const int Rounds = 5;
    private const int FileTurns = 8;
    private const int ReadBytes = 64 * 1024;

    private static readonly int[] s_smallSizes = [1024, 2048, 3072, 4096, 8192, 16 * 1024];

    public static void Run()
    {
        var data = new byte[LargeBytes];
        new Random(1).NextBytes(data);
        var memory = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var folder = Directory.CreateDirectory(Path.Combine(memory, $"vm-obs-hash-{Environment.ProcessId}")).FullName;
        try
        {
            foreach (var size in new[] { 0, 64, 512, 64 * 1024, 1024 * 1024 })
                Print(size, "", Best(() => HashEach(data, size)));
            Small(data, folder);
            Large(data, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Small(byte[] data, string folder)
    {
        var peer = HashPeer.Find(folder);
        foreach (var size in s_smallSizes)
        {
            var (ours, with, without) = (double.MaxValue, double.MaxValue, double.MaxValue);
            for (var round = 0; round < Rounds; round++)
            {
                ours = Math.Min(ours, ProcessorTime.Of(() => HashEach(data, size)).User / (data.Length / size));
                var run = peer.Run(size);
                (with, without) = (Math.Min(with, run.With), Math.Min(without, run.Without));
            }
            var theirs = (with - without) / peer.Hashes;
            Console.WriteLine($"{size,11} bytes   ours {size / ours / 1e9:F2} GB/s   {peer.Name} {size / theirs / 1e9:F2} GB/s   ratio {theirs / ours:F2}");
        }
    }

    private static void Large(byte[] data, string folder)
    {
        var file = Path.Combine(folder, "large");
        File.WriteAllBytes(file, data);
        string[] files = [.. Enumerable.Repeat(file, FileTurns)];
        ProcessorTime memory = Worst, read = Worst, mapped = Worst, unmapped = Worst;
        var (oneThread, allThreads) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round < Rounds; round++)
        {
            Take(ref memory, ProcessorTime.Of(() => oneThread = Math.Min(oneThread, Turns(() => Blake3.Hash(data)))));
            Take(ref mapped, ProcessorTime.Of("b3sum", ["--num-threads", "1", .. files]));
            Take(ref read, ProcessorTime.Of(() => Turns(() => HashFile(file))));
            Take(ref unmapped, ProcessorTime.Of("b3sum", ["--no-mmap", "--num-threads", "1", .. files]));
            allThreads = Math.Min(allThreads, Turns(() => HashParts(data)));
        }
        Console.WriteLine($"{LargeBytes} bytes, GB/s of user time (of all processor time)");
        Line("ours, in memory", memory);
        Line($"ours, file by {ReadBytes / 1024} KiB", read);
        Line("b3sum, mapped", mapped);
        Line("b3sum --no-mmap", unmapped);
        Console.WriteLine($"ratio of user time: in memory to mapped {mapped.User / memory.User:F2}, file to --no-mmap {unmapped.User / read.User:F2}; of all processor time: file to --no-mmap {unmapped.Total / read.Total:F2}");

        Console.WriteLine($"by the clock, in memory: one thread {GigabytesPerSecond(oneThread):F2} GB/s, all processors {GigabytesPerSecond(allThreads):F2}");

        static double GigabytesPerSecond(double seconds) => (double)LargeBytes * FileTurns / 1e9 / seconds;

        static void Line(string what, ProcessorTime time) =>
            Console.WriteLine($"  {what,-24} {GigabytesPerSecond(time.User):F2} ({GigabytesPerSecond(time.Total):F2})");
    }

    private static ProcessorTime Worst => new(double.MaxValue / 4, double.MaxValue / 4);

    private static void Take(ref ProcessorTime best, ProcessorTime time) => best = new(Math.Min(best.User, time.User), Math.Min(best.Total, time.Total) - Math.Min(best.User, time.User));

    // Seconds by the clock.
    private static double Turns(Action hash)
    {
        var began = Stopwatch.GetTimestamp();
        for (var turn = 0; turn < FileTurns; turn++)
            hash();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static void HashEach(byte[] data, int size)
    {
        var step = Math.Max(size, 64);
        for (var at = 0; at + step <= data.Length; at += step)
            Blake3.Hash(data.AsSpan(at, size));
    }

    private static void HashParts(byte[] data)
    {
        var parts = new Blake3Parts(data.Length);
        Parallel.For(0, parts.Count, part => parts.Hash(part, data.AsSpan(part * Blake3Parts.PartBytes, parts.LengthOf(part))));
        parts.Finish();
    }

    private static void HashFile(string path)
    {
        using var file = File.OpenHandle(path);
        var hasher = new Blake3Hasher();
        var buffer = new byte[ReadBytes];
        for (long offset = 0; RandomAccess.Read(file, buffer, offset) is > 0 and var read; offset += read)
            hasher.Update(buffer.AsSpan(0, read));
        hasher.Finish();
    }

    private static double Best(Action hash) => Enumerable.Range(0, Rounds).Min(_ => ProcessorTime.Of(hash).User);

    private static void Print(int size, string what, double seconds) =>
        Console.WriteLine(size == 0
            ? $"{size,11} bytes   ours {seconds / (LargeBytes / 64) * 1e9:F0} ns{what}"
            : $"{size,11} bytes   ours {LargeBytes / seconds / 1e9:F2} GB/s{what}");
}
