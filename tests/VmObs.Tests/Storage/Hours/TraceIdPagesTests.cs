using System.Text;
using VmObs.Signals.Traces;
using VmObs.Storage;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Parquet;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Hours;

public sealed class TraceIdPagesTests
{
    // A trace that fills pages, in the middle of others; the page before it, and the one behind.
    private static readonly TestTrace[] s_traces = TestTraces.Sort(
    [
        .. TestTraces.Ordinary(1200),
        TestTraces.Trace(new TraceKey(Large, 3), Enumerable.Range(1, 5000).Select(i =>
            TestTraces.Record(new SpanHead(Large, (ulong)i, 0, LogLines.Hour + i, LogLines.Hour + i, SpanKind.Server, SpanStatus.Unset, 0), "n", "s", "b", "", "", "", "", "", "", ""))),
    ]);

    private static TraceId Large => new(0x4000_0000_0000_0000, 1);

    [Fact]
    public void Each_trace_is_found_with_all_its_rows_and_no_other_is()
    {
        var (file, _) = TraceFileTests.Write(s_traces);
        using var opened = ParquetFile.Open(file, TraceColumns.Formats);
        using var pages = new TraceIdPages(opened);
        using var groups = new TraceRowGroups(opened);
        Assert.Equal(2, opened.RowGroups.Count);
        foreach (var group in (int[])[0, 1])
        {
            var traces = groups.ReadTraces(group);
            for (var i = 0; i < traces.Ids.Length; i++)
            {
                var id = traces.Ids[i];
                Assert.True(pages.TryFind(group, Text(id), out var rows));
                Assert.Equal(traces[i], rows);
                // One right beside it, which is not there.
                Assert.True(pages.TryFind(group, Text(new TraceId(id.High, id.Low ^ 1)), out rows));
                Assert.Null(rows);
            }
            foreach (var none in (TraceId[])[new(0, 1), new(ulong.MaxValue, 1)])
            {
                Assert.True(pages.TryFind(group, Text(none), out var rows));
                Assert.Null(rows);
            }
        }
    }

    [Fact]
    public void A_look_reads_few_of_the_ids()
    {
        var (file, _) = TraceFileTests.Write(s_traces);
        using var opened = ParquetFile.Open(file, TraceColumns.Formats);
        using var pages = new TraceIdPages(opened);
        var before = opened.Reader.BytesRead;
        foreach (var trace in s_traces.Where(trace => !trace.Failed).Take(10))
            Assert.True(pages.TryFind(1, Text(trace.Key.Id), out _));
        Assert.InRange(opened.Reader.BytesRead - before, 1, 10 * opened.RowGroups[1].Chunks[TraceColumns.TraceIdIndex].Bytes / 2);
    }

    [Fact]
    public void A_flipped_bit_of_the_page_index_hides_no_trace()
    {
        var (file, _) = TraceFileTests.Write(s_traces);
        using var intact = ParquetFile.Open(file, TraceColumns.Formats);
        var chunk = intact.RowGroups[1].Chunks[TraceColumns.TraceIdIndex];
        var asked = s_traces.Where(trace => !trace.Failed).Where((_, i) => i % 100 == 0).Append(s_traces.Single(trace => trace.Key.Id == Large)).ToList();
        var certain = 0;
        foreach (var place in Bytes(chunk.Index.OffsetIndexOffset, chunk.Index.OffsetIndexBytes).Concat(Bytes(chunk.Index.ColumnIndexOffset, chunk.Index.ColumnIndexBytes)))
        {
            var content = (byte[])file.Content.Clone();
            content[place] ^= (byte)(1 << (int)(place % 8));
            using var damaged = new ParquetFile(new MemoryFile(content), intact.Reader.Metadata);
            using var pages = new TraceIdPages(damaged);
            foreach (var trace in asked)
            {
                try
                {
                    if (!pages.TryFind(1, Text(trace.Key.Id), out var rows))
                        continue;
                    certain++;
                    Assert.Equal(trace.Spans.Count, rows?.Count);
                }
                catch (DamagedFileException)
                {
                    continue;
                }
            }
        }
        Assert.True(certain > 0);
    }

    private static IEnumerable<long> Bytes(long offset, int count) => Enumerable.Range(0, count).Select(i => offset + i);

    private static byte[] Text(TraceId id) => Encoding.ASCII.GetBytes(id.ToString());
}
