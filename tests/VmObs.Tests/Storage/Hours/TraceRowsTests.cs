using CsCheck;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Parquet;

namespace VmObs.Tests.Storage.Hours;

public sealed class TraceRowsTests
{
    [Fact]
    public void A_range_ends_behind_its_last_row()
    {
        Assert.Equal(8, new RowRange(3, 5).End);
        Assert.Equal(1, new RowRange(0, 1).End);
    }

    [Fact]
    public void Each_trace_has_its_own_rows() =>
        Gen.Select(Gen.ULong[1, 200], Gen.Int[1, 9]).Array[1, 50].Sample(traces =>
        {
            var distinct = traces.DistinctBy(trace => trace.Item1).OrderBy(trace => trace.Item1).ToList();
            var (ids, ends, rowOf) = (new List<TraceId>(), new List<int>(), new List<TraceId>());
            foreach (var (id, count) in distinct)
            {
                ids.Add(new TraceId(1, id));
                rowOf.AddRange(Enumerable.Repeat(ids[^1], count));
                ends.Add(rowOf.Count);
            }
            var rows = new TraceRows([.. ids], [.. ends]);
            for (var trace = 0; trace < ids.Count; trace++)
                Assert.Equal(Enumerable.Range(0, rowOf.Count).Where(row => rowOf[row] == ids[trace]), Enumerable.Range(rows[trace].First, rows[trace].Count));
            // Some that are here and some that are not, ascending.
            var asked = Enumerable.Range(1, 60).Select(i => new TraceId(1, (ulong)i * 3)).ToList();
            Assert.Equal(
                Enumerable.Range(0, rowOf.Count).Where(row => asked.Contains(rowOf[row])),
                rows.RowsOf(asked.ConvertAll(SoughtTrace.Of)).SelectMany(range => Enumerable.Range(range.First, range.Count)));
            Assert.All(asked, id => Assert.Equal(ids.Count(other => other < id), rows.LowerBound(id)));
        }, iter: 200);

    [Fact]
    public void Traces_that_do_not_ascend_are_damage()
    {
        Assert.Throws<InvalidDataException>(() => new TraceRows([new(1, 2), new(1, 1)], [1, 2]));
        Assert.Throws<InvalidDataException>(() => new TraceRows([new(1, 1), new(1, 1)], [1, 2]));
    }
}
