using System.Text;
using CsCheck;
using VmObs.Ledger.Merkle;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Parquet;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Hours;

public sealed class TraceFileTests
{
    [Fact]
    public void Every_record_comes_back_byte_for_byte() =>
        TestTraces.Any.Sample(traces =>
        {
            var (file, summary) = Write(traces);
            Assert.Equal(HourFileHash.Of(file), summary.ContentHash);
            Assert.Equal((file.Length, traces.Length, traces.Sum(t => t.Spans.Count), traces.Count(t => t.Failed)), (summary.Length, summary.Traces, summary.Spans, summary.ErrorTraces));
            foreach (var id in traces.Select(trace => trace.Key.Id).Distinct())
                Assert.Equal(Hex(traces.Where(trace => trace.Key.Id == id).SelectMany(trace => trace.Spans)), Hex(TraceFileReader.Find(file, id)));
        }, iter: 100);

    [Fact]
    public void Verify_recomputes_the_summary_and_the_leaves_of_a_good_file() =>
        TestTraces.Any.Sample(traces =>
        {
            var (file, summary) = Write(traces);
            var check = TraceFileReader.Verify(file);
            Assert.Empty(check.Findings);
            Assert.Equal((summary.RecordsRoot, summary.Traces, summary.Spans, summary.ErrorTraces), (check.RecordsRoot, check.Traces, check.Spans, check.ErrorTraces));
            Assert.Equal(traces.ToDictionary(t => t.Key, t => t.Leaf()), check.Leaves);
            Assert.Equal(Texts(traces, SpanText.Service), check.Services);
            Assert.Equal(Texts(traces, SpanText.Node), check.Nodes);
        }, iter: 100);

    [Fact]
    public void The_root_is_the_tree_over_the_documented_leaves_by_id_and_decision_whatever_their_class() =>
        TestTraces.Any.Sample(traces =>
        {
            var tree = new MerkleFrontier<Blake3MerkleHash>();
            foreach (var trace in traces.OrderBy(trace => trace.Key))
            {
                // docs/format/traces.md, written down once more.
                using var leaf = new MemoryStream();
                using var writer = new BinaryWriter(leaf);
                writer.Write(Convert.FromHexString(trace.Key.Id.ToString()));
                writer.Write(trace.Key.Decision);
                writer.Write((uint)trace.Spans.Count);
                foreach (var span in trace.Spans)
                {
                    writer.Write((uint)span.Length);
                    writer.Write(span.Span);
                }
                tree.Append(Blake3MerkleHash.Leaf(leaf.ToArray()));
            }
            Assert.Equal(tree.Root(), Write(traces).Summary.RecordsRoot);
        }, iter: 50);

    [Fact]
    public void Traces_over_several_row_groups_are_found_without_reading_the_others()
    {
        var traces = TestTraces.Ordinary(25_000);
        var (file, summary) = Write(traces);
        Assert.Equal(125_000, summary.Spans);
        var random = new Random(5);
        for (var i = 0; i < 20; i++)
        {
            var trace = traces[random.Next(traces.Length)];
            var reads = new CountingFile(file);
            Assert.Equal(Hex(trace.Spans), Hex(TraceFileReader.Find(reads, trace.Key.Id)));
            Assert.InRange(reads.BytesRead, 1, file.Length * 3 / 4);
        }
        Assert.Empty(TraceFileReader.Find(file, new TraceId(1, 1)));
        Assert.Equal(summary.RecordsRoot, TraceFileReader.Verify(file).RecordsRoot);
    }

    [Fact]
    public void A_trace_larger_than_a_row_group_comes_back_whole()
    {
        var id = new TraceId(7, 7);
        var records = Enumerable.Range(0, ParquetTable.RowGroupRows + 10).Select(i =>
            TestTraces.Record(new SpanHead(id, (ulong)i + 1, 0, LogLines.Hour + i, LogLines.Hour + i, SpanKind.Server, SpanStatus.Unset, 0), "n", "s", "b", "", "", "", "", "", "", ""));
        TestTrace[] traces = TestTraces.Sort([TestTraces.Trace(new TraceKey(id, 3), records), .. TestTraces.Ordinary(100)]);
        var (file, summary) = Write(traces);
        Assert.Equal(ParquetTable.RowGroupRows + 10, TraceFileReader.Find(file, id).Count);
        Assert.Equal(summary.RecordsRoot, TraceFileReader.Verify(file).RecordsRoot);
    }

    [Fact]
    public void DuckDb_reads_spans_and_their_attributes_and_no_row_group_mixes_classes()
    {
        var traces = TestTraces.Ordinary(2000);
        var (file, summary) = Write(traces);
        using var folder = new TemporaryFolder();
        var path = folder.File("hour-14.parquet", file.Content);
        var row = Assert.Single(DuckDb.Query(
            $"""
             select count(*), count(distinct (trace_id, decision)), count(distinct trace_id) filter (status = 'error'),
             count(*) filter (parent_span_id is null), count(*) filter ((attributes->>'http.method') = 'POST'), count(events), max(flags),
             sum(duration_nanos)::bigint, min(epoch_ms(start_time) * 1000000 + start_time_nanos) from '{path}'
             """));
        var spans = traces.SelectMany(trace => trace.Spans).Select(span => span.ToArray()).ToArray();
        Assert.Equal([summary.Spans, summary.Traces, summary.ErrorTraces, (long)traces.Length, summary.Spans, 0L], row[..6].Select(Convert.ToInt64));
        Assert.Equal(1u, row[6]);
        Assert.Equal(spans.Sum(span => new SpanRecord(span).EndUnixNanos - new SpanRecord(span).StartUnixNanos), Convert.ToInt64(row[7]));
        Assert.Equal(spans.Min(span => new SpanRecord(span).StartUnixNanos), Convert.ToInt64(row[8]));
        Assert.Equal(2L, Assert.Single(DuckDb.Query($"select num_row_groups from parquet_file_metadata('{path}')"))[0]);
    }

    [Fact]
    public void DuckDb_reads_the_filter_of_ids_as_we_do()
    {
        var traces = TestTraces.Ordinary(2000);
        var (file, _) = Write(traces);
        using var folder = new TemporaryFolder();
        var path = folder.File("hour-14.parquet", file.Content);
        using var opened = ParquetFile.Open(file, TraceColumns.Formats);
        var filters = Enumerable.Range(0, 2).Select(group => opened.Reader.ReadFilter(group, TraceColumns.TraceIdIndex)!).ToArray();
        var asked = traces.Take(20).Select(trace => trace.Key.Id).Concat(Enumerable.Range(1, 60).Select(i => new TraceId((ulong)i * 0x9E3779B97F4A7C15, 1))).ToList();
        // A row a row group that has a filter.
        var rows = DuckDb.Query(string.Join(" union all ", asked.Select((id, i) => $"select {i} i, row_group_id, bloom_filter_excludes from parquet_bloom_probe('{path}', 'trace_id', '{id}')")) + " order by 1, 2");
        var ours = asked.SelectMany(id => filters.Select(filter => !filter.MayHold(SoughtTrace.Of(id).Hash))).ToList();
        Assert.Equal(rows.Select(row => (bool)row[2]!), ours);
        Assert.InRange(ours.Count(excludes => excludes), 60, (2 * asked.Count) - 20);
    }

    [Fact]
    public void What_is_known_of_a_file_tells_without_it_that_it_has_no_part_of_a_trace()
    {
        var traces = TestTraces.Ordinary(300);
        var (file, _) = Write(traces);
        var cache = new TraceFileCache(1 << 20);
        var none = Enumerable.Range(1, 100).Select(i => SoughtTrace.Of(new TraceId((ulong)i << 55, 2))).ToList();
        Assert.All(none, trace => Assert.True(TraceFileIndex.MayHold(TestTraces.Hour, cache, [trace])));
        using (var index = new TraceFileIndex(file, TestTraces.Hour, null, cache, QueryBudget.Unlimited()))
            Assert.All(none, trace => Assert.Empty(index.Find([trace])));
        Assert.InRange(none.Count(trace => TraceFileIndex.MayHold(TestTraces.Hour, cache, [trace])), 0, 40);
        Assert.All(traces, trace => Assert.True(TraceFileIndex.MayHold(TestTraces.Hour, cache, [none[0], SoughtTrace.Of(trace.Key.Id)])));
        // Nothing is known of another file.
        Assert.True(TraceFileIndex.MayHold(TestTraces.Hour with { LateIndex = 1 }, cache, none));
    }

    [Fact]
    public void Verify_finds_a_trace_that_the_filter_of_its_row_group_hides()
    {
        var trace = TestTraces.Ordinary(2)[0];
        using var verification = new TraceFileVerification("/hour-14.parquet");
        verification.BeginRowGroup(BloomFilter.Of([SoughtTrace.Of(new TraceId(1, 1)).Hash]));
        foreach (var span in trace.Spans)
            verification.Span(trace.Key, span.ToArray());
        Assert.Contains("a filter without it", Assert.Single(verification.ToCheck().Findings), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_order_wrong_class_and_records_with_slack_are_our_bug()
    {
        var traces = TestTraces.Ordinary(100);
        var failed = traces.Where(trace => trace.Failed).ToArray();
        var good = traces.Where(trace => !trace.Failed).ToArray();
        AssertBug(failed[1], failed[0]);
        AssertBug(good[1], good[0]);
        AssertBug(good[0], good[0]);
        AssertBug(good[0], failed[0]);
        AssertBug(good[0] with { Spans = [] });
        AssertBug(good[0] with { Spans = [(byte[])[.. good[0].Spans[0].Span, 0]] });
        using var writer = new TraceFileWriter(new MemoryFile(), TestTraces.Hour);
        Assert.StartsWith("BUG:", Assert.ThrowsAny<Exception>(() => writer.WriteTrace(good[0].Key, failed: true, good[0].Leaf(), good[0].Spans)).Message);
    }

    [Fact]
    public void Verify_finds_rows_out_of_order()
    {
        var traces = TestTraces.Ordinary(60);
        var (failed, good) = (traces.Where(t => t.Failed).ToArray(), traces.Where(t => !t.Failed).ToArray());
        Assert.Empty(Findings([failed[0], failed[1]], [good[0], good[1]]));
        Assert.Contains("ascending order", Assert.Single(Findings([failed[1], failed[0]], [good[0]])), StringComparison.Ordinal);
        Assert.Contains("row groups of one class", Assert.Single(Findings([failed[0], good[0]])), StringComparison.Ordinal);
        Assert.Contains("all failed traces before", Assert.Single(Findings([good[0]], [failed[0]])), StringComparison.Ordinal);
        Assert.Contains("its rows together", Findings([good[0], good[1], good[0]])[^1], StringComparison.Ordinal);
        Assert.Contains("by start and id", Assert.Single(Findings([good[0] with { Spans = [good[0].Spans[1], good[0].Spans[0]] }])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_with_one_page_a_column_as_earlier_versions_wrote_it_is_read()
    {
        var traces = TestTraces.Alike(1000);
        var file = new MemoryFile(Golden.Read("traces-1.parquet"));
        var check = TraceFileReader.Verify(file);
        Assert.Empty(check.Findings);
        Assert.Equal("02ecc8fe7771c40594435de8f7b38db7a74c498ebcce54d51bd2b292bf37d753", check.RecordsRoot.ToHex());
        // And what is written now has the same tree.
        Assert.Equal(check.RecordsRoot, Write(traces).Summary.RecordsRoot);
        foreach (var trace in traces.Where((_, i) => i % 37 == 0))
            Assert.Equal(Hex(trace.Spans), Hex(TraceFileReader.Find(file, trace.Key.Id)));
        Assert.Empty(TraceFileReader.Find(file, new TraceId(0, 1001)));
    }

    [Fact]
    public void A_trace_costs_a_small_part_of_its_row_group()
    {
        var traces = TestTraces.Ordinary(9_000);
        var (file, _) = Write(traces);
        foreach (var trace in traces.Where(trace => !trace.Failed).Where((_, i) => i % 1000 == 0))
        {
            var reads = new CountingFile(file);
            Assert.Equal(Hex(trace.Spans), Hex(TraceFileReader.Find(reads, trace.Key.Id)));
            Assert.InRange(reads.BytesRead, 1, file.Length / 5);
        }
    }

    [Fact]
    public void An_empty_hour_is_a_file()
    {
        var (file, summary) = Write([]);
        Assert.Equal(Blake3MerkleHash.Empty, summary.RecordsRoot);
        Assert.Empty(TraceFileReader.Verify(file).Findings);
        Assert.Empty(TraceFileReader.Find(file, new TraceId(1, 1)));
    }

    internal static (MemoryFile File, TraceFileSummary Summary) Write(TestTrace[] traces)
    {
        var file = new MemoryFile();
        using var writer = new TraceFileWriter(file, TestTraces.Hour);
        foreach (var trace in traces)
            writer.WriteTrace(trace.Key, trace.Failed, trace.Leaf(), trace.Spans);
        return (file, writer.Finish());
    }

    private static void AssertBug(params TestTrace[] traces) => Assert.StartsWith("BUG:", Assert.ThrowsAny<Exception>(() => Write(traces)).Message);

    private static IReadOnlyList<string> Findings(params TestTrace[][] rowGroups)
    {
        using var verification = new TraceFileVerification("/hour-14.parquet");
        foreach (var group in rowGroups)
        {
            verification.BeginRowGroup();
            foreach (var trace in group)
            {
                foreach (var span in trace.Spans)
                    verification.Span(trace.Key, span.ToArray());
            }
        }
        return verification.ToCheck().Findings;
    }

    private static IEnumerable<string> Texts(TestTrace[] traces, SpanText which) =>
        traces.SelectMany(trace => trace.Spans).Select(span => Encoding.UTF8.GetString(new SpanRecord(span.Span).Text(which))).Distinct().Order(StringComparer.Ordinal);

    private static IEnumerable<string> Hex(IEnumerable<ReadOnlyMemory<byte>> spans) => spans.Select(span => Convert.ToHexString(span.Span));
}
