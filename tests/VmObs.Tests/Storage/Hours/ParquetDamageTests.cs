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

    /// <summary>Whatever bit flips: the hash changes, and reading either says that the file is damaged or gives the records that were
    /// written, where the bit meant nothing to them (the page index, for one).</summary>
    private static void FlipEverywhere(MemoryFile file, Digest contentHash, Func<DiskFile, Digest?> verify, Digest root)
    {
        const int Seed = 20251206;
        var random = new Random(Seed);
        // The footer, where Parquet has no CRC and we do, and a sample of everything before it.
        var footer = (int)file.Length - 8 - BitConverter.ToInt32(file.Content.AsSpan((int)file.Length - 8));
        var places = Enumerable.Range(0, 800).Select(_ => random.Next(footer)).Concat(Enumerable.Range(0, 400).Select(_ => random.Next(footer, (int)file.Length)));
        foreach (var place in places)
        {
            var content = (byte[])file.Content.Clone();
            content[place] ^= (byte)(1 << random.Next(8));
            var damaged = new MemoryFile(content);
            Assert.NotEqual(contentHash, HourFileHash.Of(damaged));
            try
            {
                // No findings and other records would be a wrong answer that nobody notices.
                Assert.True(verify(damaged) == root, $"seed {Seed}: byte {place}: other records, or findings where a query would go on");
                Assert.True(place < footer - ParquetFooter.GuardBytes, $"seed {Seed}: byte {place} of the footer: not noticed");
            }
            catch (DamagedFileException)
            {
                continue;
            }
        }
    }
}
