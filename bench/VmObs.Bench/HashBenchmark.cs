using System.Diagnostics;
using VmObs.Ledger.Hashing;

namespace VmObs.Bench;

/// <summary>BLAKE3 by input size, in GB per second of processor time.</summary>
/// <remarks>The peer: b3sum --num-threads 1 over a file of as many bytes in memory.</remarks>
internal static class HashBenchmark
{
    private const int LargeBytes = 256 * 1024 * 1024;

    public static void Run()
    {
        var data = new byte[LargeBytes];
        new Random(1).NextBytes(data);
        foreach (var size in new[] { 1024, 2048, 4096, 8192, 16 * 1024, 64 * 1024, 1024 * 1024, LargeBytes })
            Console.WriteLine($"{size,12} bytes {Best(() => HashAll(data, size)):F2} GB/s");
    }

    private static void HashAll(byte[] data, int size)
    {
        for (var at = 0; at < data.Length; at += size)
            Blake3.Hash(data.AsSpan(at, size));
    }

    private static double Best(Action hash)
    {
        var best = TimeSpan.MaxValue;
        for (var run = 0; run < 5; run++)
        {
            using var process = Process.GetCurrentProcess();
            var before = process.TotalProcessorTime;
            hash();
            process.Refresh();
            best = best < process.TotalProcessorTime - before ? best : process.TotalProcessorTime - before;
        }
        return LargeBytes / 1e9 / best.TotalSeconds;
    }
}
