using System.Buffers.Binary;
using System.Text;
using CsCheck;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage;
using VmObs.Storage.Embedded.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Hours;

public sealed class MetricFileTests
{
    [Fact]
    public void Series_come_back_bit_for_bit() =>
        MetricSeries.Any.Sample(series =>
        {
            var (file, summary) = Write(series);
            AssertEqual(series, [.. MetricFileReader.ReadAll(file)]);
            Assert.Equal(HourFileHash.Of(file), summary.ContentHash);
            Assert.Equal(file.Length, summary.Length);
            Assert.Equal(series.Length, summary.Series);
            Assert.Equal(series.Sum(s => s.Values.Length), summary.Samples);
        }, iter: 150);

    [Fact]
    public void Verify_recomputes_the_summary_of_a_good_file() =>
        MetricSeries.Any.Sample(series =>
        {
            var (file, summary) = Write(series);
            var check = MetricFileReader.Verify(file);
            Assert.Empty(check.Findings);
            Assert.Equal((summary.RecordsRoot, summary.Series, summary.Samples), (check.RecordsRoot, check.Series, check.Samples));
            Assert.Equal(series.Select(Node).Where(node => node.Length > 0).Distinct().Order(StringComparer.Ordinal), check.Nodes);
        }, iter: 100);

    [Fact]
    public void The_root_is_the_tree_over_the_documented_leaves() =>
        MetricSeries.Any.Sample(series =>
        {
            var tree = new MerkleFrontier<Blake3MerkleHash>();
            foreach (var s in series)
            {
                // docs/format/metrics.md, written down once more.
                using var leaf = new MemoryStream();
                using var writer = new BinaryWriter(leaf);
                writer.Write((uint)s.Key.Length);
                writer.Write(s.Key);
                writer.Write((byte)s.Kind);
                writer.Write((uint)Encoding.UTF8.GetByteCount(s.Unit));
                writer.Write(Encoding.UTF8.GetBytes(s.Unit));
                writer.Write((ulong)s.Times.Length);
                foreach (var time in s.Times)
                    writer.Write(time);
                foreach (var value in s.Values)
                    writer.Write(BitConverter.DoubleToInt64Bits(value));
                if (s.Details.Length > 0)
                    writer.Write((uint)s.Details.Length);
                foreach (var (sample, json) in s.Details)
                {
                    writer.Write((uint)sample);
                    writer.Write((uint)json.Length);
                    writer.Write(json.Span);
                }
                tree.Append(Blake3MerkleHash.Leaf(leaf.ToArray()));
            }
            Assert.Equal(tree.Root(), Write(series).Summary.RecordsRoot);
        }, iter: 50);

    [Fact]
    public void Series_longer_than_a_row_group_come_back_whole()
    {
        var samples = (2 * ParquetTable.RowGroupRows) + 77;
        var times = Enumerable.Range(0, samples).Select(i => LogLines.Hour + (i * 30_000L)).ToArray();
        TestSeries[] series = MetricSeries.Sort(
        [
            .. MetricSeries.Ordinary(50),
            new TestSeries(MetricSeries.Key(("__name__", "metric_3"), ("long", "yes")), MetricKind.Gauge, "s", times, [.. times.Select(t => t * 0.5)]),
        ]);
        var (file, summary) = Write(series);
        AssertEqual(series, [.. MetricFileReader.ReadAll(file)]);
        Assert.Equal(summary.RecordsRoot, MetricFileReader.Verify(file).RecordsRoot);
        var found = Assert.Single(MetricFileReader.Select(file, new MetricQuery(times[10], times[^10], [LabelMatcher.Equal("long", "yes")])));
        Assert.Equal(times[10..^10], found.TimestampsUnixNanos.ToArray());
    }

    [Fact]
    public void Select_answers_as_a_scan_would()
    {
        var series = MetricSeries.Ordinary(400).Select((s, n) => s with
        {
            Details = [.. Enumerable.Range(0, n % 3 == 0 ? 0 : 240).Where(i => i % 11 == 0).Select(i => new SampleDetail(i, Encoding.UTF8.GetBytes($"{{\"series\":{n},\"i\":{i}}}")))],
        }).ToArray();
        var (file, _) = Write(series);
        Gen.Select(Gen.Int[0, 45], Gen.Int[-1, 8], Gen.Int[-1, 6], Gen.Int[-1, 70], Gen.Int[0, 70]).Sample((metric, node, service, from, minutes) =>
        {
            var labels = new List<LabelMatcher> { LabelMatcher.Equal("__name__", $"metric_{metric}") };
            if (node >= 0)
                labels.Add(LabelMatcher.Equal("node", node == 8 ? "" : $"brick-{node:00}"));
            if (service >= 0)
                labels.Add(LabelMatcher.Equal("service", $"service-{service}"));
            var query = new MetricQuery(LogLines.Hour + (from * 60_000_000_000L), LogLines.Hour + ((from + minutes) * 60_000_000_000L), labels) { WithDetails = true };
            AssertEqual(Scan(series, query), [.. MetricFileReader.Select(file, query)]);
        }, iter: 200);
    }

    [Fact]
    public void Select_does_not_read_row_groups_that_cannot_match()
    {
        var (file, _) = Write(MetricSeries.Ordinary(800));
        // An empty hour has nothing but a footer to read.
        var footerAlone = Reads(Write([]).File, new MetricQuery(long.MinValue, long.MaxValue, []));
        Assert.Equal(footerAlone, Reads(file, new MetricQuery(long.MinValue, long.MaxValue, [LabelMatcher.Equal("__name__", "zzz")])));
        Assert.Equal(footerAlone, Reads(file, new MetricQuery(long.MinValue, long.MaxValue, [LabelMatcher.Equal("node", "zzz")])));
        Assert.Equal(footerAlone, Reads(file, new MetricQuery(long.MinValue, LogLines.Hour - 1_000_000, [LabelMatcher.Equal("__name__", "metric_3")])));
        Assert.InRange(Reads(file, new MetricQuery(long.MinValue, long.MaxValue, [LabelMatcher.Equal("__name__", "metric_3")])), footerAlone + 1, 1000);
    }

    [Fact]
    public void DuckDb_sums_as_we_do_and_reads_times_and_labels()
    {
        var series = MetricSeries.Ordinary(300);
        using var folder = new TemporaryFolder();
        var path = folder.File("hour-14.parquet", Write(series).File.Content);
        var row = Assert.Single(DuckDb.Query(
            $"select count(*), sum(value), count(distinct (name, labels)), min(epoch_ms(timestamp) * 1000000 + timestamp_nanos), count(*) filter ((labels->>'node') = node and (labels->>'instance') like 'i-%') from '{path}'"));
        var samples = series.Sum(s => s.Values.Length);
        Assert.Equal((long)samples, row[0]);
        Assert.Equal(series.Sum(s => s.Values.Sum()), (double)row[1]!, 1e-3);
        Assert.Equal((long)series.Length, row[2]);
        Assert.Equal(series.Min(s => s.Times[0]), Convert.ToInt64(row[3]));
        Assert.Equal((long)samples, row[4]);
    }

    [Fact]
    public void DuckDb_reads_details_and_absent_ones_are_null()
    {
        TestSeries[] series =
        [
            new(MetricSeries.Key(("__name__", "a")), MetricKind.Gauge, "", [1, 2, 3], [1, 2, 3]) { Details = [new(1, "{\"histogram\":{\"count\":2}}"u8.ToArray())] },
            new(MetricSeries.Key(("__name__", "b")), MetricKind.Gauge, "", [1], [4]) { Details = [new(0, "{\"exemplars\":[]}"u8.ToArray())] },
        ];
        using var folder = new TemporaryFolder();
        var path = folder.File("hour-14.parquet", Write(series).File.Content);
        Assert.Equal(
            [[1.0, null, null], [2.0, "{\"histogram\":{\"count\":2}}", "2"], [3.0, null, null], [4.0, "{\"exemplars\":[]}", null]],
            DuckDb.Query($"select value, detail, detail->'histogram'->>'count' from '{path}' order by value").Select(row => row.ToArray()));
        // And where no sample has one.
        var without = folder.File("hour-15.parquet", Write(MetricSeries.Ordinary(300)).File.Content);
        Assert.Equal([300L * 240, 0L], Assert.Single(DuckDb.Query($"select count(*), count(detail) from '{without}'")));
    }

    [Fact]
    public void A_query_that_does_not_ask_for_details_gets_none()
    {
        var series = MetricSeries.Key(("__name__", "a"));
        var (file, _) = Write([new(series, MetricKind.Gauge, "", [1, 2, 3], [1, 2, 3]) { Details = [new(1, "{\"a\":1}"u8.ToArray()), new(2, "{\"b\":2}"u8.ToArray())] }]);
        Assert.Empty(Assert.Single(MetricFileReader.Select(file, new MetricQuery(1, 4, []))).Details);
        var found = Assert.Single(MetricFileReader.Select(file, new MetricQuery(2, 3, []) { WithDetails = true }));
        Assert.Equal([(0, "{\"a\":1}")], Texts(found.Details));
    }

    [Fact]
    public void Details_close_a_row_group_early_and_a_series_goes_on_in_the_next()
    {
        const int Samples = 700;
        var series = new TestSeries(MetricSeries.Key(("__name__", "a")), MetricKind.ExponentialHistogram, "s", [.. Enumerable.Range(0, Samples)], new double[Samples])
        {
            Details = [.. Enumerable.Range(0, Samples).Where(i => i % 7 != 0).Select(i => new SampleDetail(i, Encoding.UTF8.GetBytes($"{{\"i\":{i},\"x\":\"{new string('x', 60_000)}\"}}")))],
        };
        var (file, summary) = Write([series]);
        using var folder = new TemporaryFolder();
        var path = folder.File("hour-14.parquet", file.Content);
        // 36 MB in groups of 16 MiB.
        Assert.Equal(3L, Assert.Single(DuckDb.Query($"select num_row_groups from parquet_file_metadata('{path}')"))[0]);
        Assert.Equal(600L, Assert.Single(DuckDb.Query($"select count(*) from '{path}' where (detail->>'i')::int = value + epoch_us(timestamp) * 1000 + timestamp_nanos"))[0]);
        AssertEqual([series], [.. MetricFileReader.ReadAll(file)]);
        Assert.Equal(summary.RecordsRoot, MetricFileReader.Verify(file).RecordsRoot);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"a\":1}{")]
    [InlineData("{\"a\":")]
    [InlineData("text")]
    public void Verify_names_a_detail_that_is_no_object(string json)
    {
        var (file, _) = Write([new(MetricSeries.Key(("__name__", "a")), MetricKind.Gauge, "", [1, 2], [1, 2]) { Details = [new(1, Encoding.UTF8.GetBytes(json))] }]);
        Assert.Contains("series 0, sample 1: found a detail", Assert.Single(MetricFileReader.Verify(file).Findings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_the_format_before_details_is_read_and_verified()
    {
        var file = new MemoryFile(Golden.Read("metrics-1.parquet"));
        AssertEqual(MetricSeries.Ordinary(6, samples: 5), [.. MetricFileReader.ReadAll(file)]);
        var check = MetricFileReader.Verify(file);
        Assert.Empty(check.Findings);
        Assert.Equal("01718949176f9e36196dcf4797192f86a4be6b5da1b2a43ed62a80cc7f6de03e", check.RecordsRoot.ToHex());
        // And what is written now has the same tree: a series without details hashes as before.
        Assert.Equal(check.RecordsRoot, Write(MetricSeries.Ordinary(6, samples: 5)).Summary.RecordsRoot);
    }

    [Fact]
    public void DuckDb_finds_values_beside_NaN()
    {
        // Statistics leave NaN out, so a reader that trusts them would pass over what lies above the maximum.
        TestSeries[] series = [new(MetricSeries.Key(("__name__", "m")), MetricKind.Gauge, "", [1, 2, 3], [1.0, double.NaN, 2.0])];
        using var folder = new TemporaryFolder();
        var path = folder.File("hour-14.parquet", Write(series).File.Content);
        Assert.Equal(1L, Assert.Single(DuckDb.Query($"select count(*) from '{path}' where value > 100"))[0]);
    }

    [Fact]
    public void A_file_says_which_format_and_hour_it_is()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("hour-14.parquet", Write(MetricSeries.Ordinary(3)).File.Content);
        Assert.Equal(
            [["vm-obs.format", "metrics/2"], ["vm-obs.hour", MetricSeries.Hour.StoragePath]],
            DuckDb.Query($"select decode(key), decode(value) from parquet_kv_metadata('{path}') order by 1").Select(row => row.Cast<string>().ToArray()));
    }

    [Fact]
    public void An_empty_hour_is_a_file()
    {
        var (file, summary) = Write([]);
        Assert.Empty(MetricFileReader.ReadAll(file));
        Assert.Equal(Blake3MerkleHash.Empty, summary.RecordsRoot);
        Assert.Empty(MetricFileReader.Verify(file).Findings);
    }

    [Fact]
    public void Long_texts_close_a_row_group_early()
    {
        var series = MetricSeries.Sort(Enumerable.Range(0, 40).Select(i =>
            new TestSeries(MetricSeries.Key(("__name__", "m"), ("text", new string((char)('a' + (i % 26)), 1_000_000) + i)), MetricKind.Gauge, "", [i], [i])));
        var (file, _) = Write(series);
        using var folder = new TemporaryFolder();
        var path = folder.File("hour-14.parquet", file.Content);
        Assert.InRange((long)Assert.Single(DuckDb.Query($"select num_row_groups from parquet_file_metadata('{path}')"))[0]!, 3, 4);
        AssertEqual(series, [.. MetricFileReader.ReadAll(file)]);
    }

    [Fact]
    public void Series_that_are_out_of_order_empty_or_lopsided_are_our_bug()
    {
        using var writer = new MetricFileWriter(new MemoryFile(), MetricSeries.Hour);
        var (a, b) = (MetricSeries.Key(("__name__", "a")), MetricSeries.Key(("__name__", "b")));
        writer.WriteSeries(b, MetricKind.Gauge, "", 1);
        Assert.StartsWith("BUG:", Assert.Throws<InvalidOperationException>(() => writer.WriteSeries(a, MetricKind.Gauge, "", 1)).Message);
        Assert.StartsWith("BUG:", Assert.Throws<InvalidOperationException>(() => writer.WriteSeries(b, MetricKind.Gauge, "", 1)).Message);
        Assert.StartsWith("BUG:", Assert.Throws<ArgumentException>(() => writer.WriteSeries(MetricSeries.Key(("__name__", "c")), MetricKind.Gauge, "", 0)).Message);
    }

    [Fact]
    public void A_disk_that_refuses_says_so_itself()
    {
        var file = new MemoryFile();
        using var writer = new MetricFileWriter(file, MetricSeries.Hour);
        file.Failure = new IOException("no space left");
        var error = Assert.ThrowsAny<IOException>(() =>
        {
            writer.WriteAll(MetricSeries.Ordinary(300));
            writer.Finish();
        });
        Assert.Equal("no space left", error.Message);

        var (good, _) = Write(MetricSeries.Ordinary(10));
        good.Failure = new IOException("input/output error");
        error = Assert.ThrowsAny<IOException>(() => MetricFileReader.Verify(good));
        Assert.IsNotType<DamagedFileException>(error);
        Assert.Equal("input/output error", error.Message);
    }

    [Fact]
    public void A_file_of_another_format_is_refused()
    {
        var file = new MemoryFile();
        using (var writer = new TraceFileWriter(file, TestTraces.Hour))
            writer.Finish();
        var error = Assert.Throws<DamagedFileException>(() => MetricFileReader.Verify(file));
        Assert.Contains("traces/1", error.Message, StringComparison.Ordinal);
    }

    internal static (MemoryFile File, MetricFileSummary Summary) Write(TestSeries[] series)
    {
        var file = new MemoryFile();
        using var writer = new MetricFileWriter(file, MetricSeries.Hour);
        writer.WriteAll(series);
        return (file, writer.Finish());
    }

    private static int Reads(MemoryFile file, MetricQuery query)
    {
        var counting = new CountingFile(file);
        _ = MetricFileReader.Select(counting, query).Count();
        return counting.Reads;
    }

    private static TestSeries[] Scan(TestSeries[] series, MetricQuery query) =>
    [
        .. series.Where(s => query.Matchers.All(matcher => LabelKey.ValueOf(s.Key, Encoding.UTF8.GetBytes(matcher.Name)).SequenceEqual(Encoding.UTF8.GetBytes(matcher.Value))))
            .Select(s =>
            {
                var wanted = Enumerable.Range(0, s.Times.Length).Where(i => s.Times[i] >= query.FromUnixNanos && s.Times[i] < query.ToUnixNanos).ToArray();
                return s with
                {
                    Times = [.. wanted.Select(i => s.Times[i])],
                    Values = [.. wanted.Select(i => s.Values[i])],
                    Details = [.. s.Details.Where(detail => wanted.Contains(detail.Sample)).Select(detail => detail with { Sample = detail.Sample - wanted[0] })],
                };
            })
            .Where(s => s.Times.Length > 0),
    ];

    private static string Node(TestSeries series) => Encoding.UTF8.GetString(LabelKey.ValueOf(series.Key, "node"u8));

    private static IEnumerable<(int, string)> Texts(IEnumerable<SampleDetail> details) =>
        details.Select(detail => (detail.Sample, Encoding.UTF8.GetString(detail.Json.Span)));

    private static void AssertEqual(TestSeries[] want, SeriesSamples[] got)
    {
        Assert.Equal(want.Length, got.Length);
        foreach (var (w, g) in want.Zip(got))
        {
            Assert.Equal(Convert.ToHexString(w.Key), Convert.ToHexString(g.Key.Span));
            Assert.Equal((w.Kind, w.Unit), (g.Kind, g.Unit));
            Assert.Equal(w.Times, g.TimestampsUnixNanos.ToArray());
            Assert.Equal(w.Values.Select(BitConverter.DoubleToInt64Bits), g.Values.ToArray().Select(BitConverter.DoubleToInt64Bits));
            Assert.Equal(Texts(w.Details), Texts(g.Details));
        }
    }
}

/// <summary>Shorter calls for tests.</summary>
internal static class MetricFileWriterCalls
{
    public static void WriteSeries(this MetricFileWriter writer, byte[] key, MetricKind kind, string unit, int samples) =>
        writer.WriteSeries(key, kind, Encoding.UTF8.GetBytes(unit), new long[samples], new double[samples]);

    public static void WriteAll(this MetricFileWriter writer, TestSeries[] series)
    {
        foreach (var s in series)
            writer.WriteSeries(s.Key, s.Kind, Encoding.UTF8.GetBytes(s.Unit), s.Times, s.Values, s.Details);
    }
}
