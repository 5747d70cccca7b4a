using VmObs.Ledger.Hashing;
using VmObs.Storage;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Hours;

public sealed class ParquetDamageTests
{
    [Fact]
    public void Flipped_bits_of_a_metric_file_never_yield_other_samples()
    {
        var (file, summary) = MetricFileTests.Write(MetricSeries.Ordinary(60, samples: 100));
        FlipEverywhere(file, summary.ContentHash, damaged => MetricFileReader.Verify(damaged) is var check && check.Findings.Count == 0 ? check.RecordsRoot : null, summary.RecordsRoot);
    }

    [Fact]
    public void Flipped_bits_of_a_trace_file_never_yield_other_spans()
    {
        var (file, summary) = TraceFileTests.Write(TestTraces.Ordinary(150));
        FlipEverywhere(file, summary.ContentHash, damaged => TraceFileReader.Verify(damaged) is var check && check.Findings.Count == 0 ? check.RecordsRoot : null, summary.RecordsRoot);
    }

    [Fact]
    public void Cut_files_are_damage()
    {
        var (metrics, _) = MetricFileTests.Write(MetricSeries.Ordinary(20, samples: 20));
        for (var length = 0; length < metrics.Length; length += 1 + (int)(metrics.Length / 40))
            Assert.Throws<DamagedFileException>(() => MetricFileReader.Verify(new MemoryFile(metrics.Content[..length])));
        var (traces, _) = TraceFileTests.Write(TestTraces.Ordinary(20));
        for (var length = 0; length < traces.Length; length += 1 + (int)(traces.Length / 40))
            Assert.Throws<DamagedFileException>(() => TraceFileReader.Verify(new MemoryFile(traces.Content[..length])));
    }

    /// <summary>Whatever bit flips: the hash changes, and reading either says that the file is damaged, or that the records are others
    /// than the root says, or gives the records that were written (the bit meant nothing to them).</summary>
    private static void FlipEverywhere(MemoryFile file, Digest contentHash, Func<DiskFile, Digest?> verify, Digest root)
    {
        const int Seed = 20251206;
        var random = new Random(Seed);
        var silent = 0;
        // The footer and the page index, which no CRC covers, and a sample of the pages.
        var footer = (int)file.Length - 8 - BitConverter.ToInt32(file.Content.AsSpan((int)file.Length - 8));
        var places = Enumerable.Range(0, 600).Select(_ => random.Next(footer)).Concat(Enumerable.Range(0, 900).Select(_ => random.Next(footer, (int)file.Length)));
        foreach (var place in places)
        {
            var content = (byte[])file.Content.Clone();
            content[place] ^= (byte)(1 << random.Next(8));
            var damaged = new MemoryFile(content);
            Assert.NotEqual(contentHash, HourFileHash.Of(damaged));
            try
            {
                silent += verify(damaged) is { } found && found == root ? 1 : 0;
            }
            catch (DamagedFileException)
            {
                continue;
            }
        }
        // Most of a file means something.
        Assert.InRange(silent, 0, 900);
    }
}
