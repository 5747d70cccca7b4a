using System.Text;
using VmObs.Ledger.Hashing;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;
using VmObs.Tests.Storage.Parquet;
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
    public void Flipped_bits_of_details_never_yield_other_ones()
    {
        var series = MetricSeries.Ordinary(20, samples: 50).Select(s => s with
        {
            Details = [.. Enumerable.Range(0, 50).Where(i => i % 3 == 0).Select(i => new SampleDetail(i, Encoding.UTF8.GetBytes($"{{\"n\":{s.Values[i]}}}")))],
        });
        var (file, summary) = MetricFileTests.Write([.. series]);
        FlipEverywhere(file, summary.ContentHash, damaged => MetricFileReader.Verify(damaged) is var check && check.Findings.Count == 0 ? check.RecordsRoot : null, summary.RecordsRoot);
        var page = Assert.Single(Pages(file.Content, MetricColumns.DetailIndex));
        var footer = (int)file.Length - 8 - BitConverter.ToInt32(file.Content.AsSpan((int)file.Length - 8));
        // The page's header, then what its CRC covers, up to the page index behind it.
        for (var place = page; place < Math.Min(page + 600, footer); place++)
        {
            var content = (byte[])file.Content.Clone();
            content[place] ^= 1;
            try
            {
                Assert.Equal(summary.RecordsRoot, MetricFileReader.Verify(new MemoryFile(content)).RecordsRoot);
                Assert.True(place < page + 40, $"byte {place - page} of the page: not noticed");
            }
            catch (DamagedFileException)
            {
                continue;
            }
        }
    }

    [Fact]
    public void Flipped_bits_of_a_trace_file_never_yield_other_spans()
    {
        var (file, summary) = TraceFileTests.Write(TestTraces.Ordinary(150));
        FlipEverywhere(file, summary.ContentHash, damaged => TraceFileReader.Verify(damaged) is var check && check.Findings.Count == 0 ? check.RecordsRoot : null, summary.RecordsRoot);
    }

    [Fact]
    public void A_flipped_bit_of_a_page_header_never_moves_the_rows_of_another_page()
    {
        // Series of whole numbers and of short decimals by turns, so that values stand in several pages; long enough for a page each.
        var series = MetricSeries.Sort(Enumerable.Range(0, 6).Select(i => new TestSeries(
            MetricSeries.Key(("__name__", $"m{i}")), MetricKind.Gauge, "", [.. Enumerable.Range(0, 2000).Select(t => LogLines.Hour + (t * 1_000_000L))],
            [.. Enumerable.Range(0, 2000).Select(t => i % 2 == 0 ? t * 3 : t / 100.0)])));
        var (file, _) = MetricFileTests.Write(series);
        var query = new MetricQuery(long.MinValue, long.MaxValue, [LabelMatcher.Equal("__name__", "m4")]);
        var pages = Pages(file.Content, MetricColumns.ValueIndex);
        Assert.Equal(6, pages.Count);
        foreach (var page in pages)
        {
            for (var bit = 0; bit < 40 * 8; bit++)
            {
                var content = (byte[])file.Content.Clone();
                content[page + (bit / 8)] ^= (byte)(1 << (bit % 8));
                try
                {
                    var found = Assert.Single(MetricFileReader.Select(new MemoryFile(content), query));
                    Assert.Equal(series[4].Values, found.Values.ToArray());
                }
                catch (DamagedFileException)
                {
                    continue;
                }
            }
        }
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

    /// <summary>Where the pages of a column of the only row group begin, by the page index.</summary>
    private static List<int> Pages(byte[] file, int column)
    {
        var length = BitConverter.ToInt32(file.AsSpan(file.Length - 8));
        ReadOnlySpan<byte> footer = file.AsSpan(file.Length - 8 - length, length);
        var group = (ThriftStruct)new ThriftStruct(ref footer).Get<List<object>>(4)[0];
        var chunk = (ThriftStruct)group.Get<List<object>>(1)[column];
        ReadOnlySpan<byte> index = file.AsSpan((int)chunk.Get<long>(4), (int)chunk.Get<long>(5));
        return [.. new ThriftStruct(ref index).Get<List<object>>(1).Cast<ThriftStruct>().Select(page => (int)page.Get<long>(1))];
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
