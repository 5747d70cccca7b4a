using System.Text;
using VmObs.Signals.Metrics;

namespace VmObs.Tests.Signals.Metrics;

public sealed class MetricBatchTests
{
    [Fact]
    public void Details_stand_beside_the_samples_that_have_one()
    {
        using var batch = Batch(out var series);
        batch.AddSample(series, 1, 1);
        batch.AddSample(series, 2, 2);
        batch.AddDetail("{\"a\":1}"u8);
        batch.AddSample(series, 3, 3);
        batch.AddSample(series, 4, 4);
        batch.AddDetail("{\"b\":22}"u8);
        Assert.Equal([(1, "{\"a\":1}"), (3, "{\"b\":22}")], Details(batch));
        Assert.Equal((15, 15 + "key".Length + "By".Length), (batch.DetailBytes, batch.TextBytes));
    }

    [Fact]
    public void A_cleared_batch_has_no_details()
    {
        using var batch = Batch(out var series);
        batch.AddSample(series, 1, 1);
        batch.AddDetail("{\"a\":1}"u8);
        batch.Clear();
        Assert.Equal((0, 0, 0), (batch.DetailCount, batch.DetailBytes, batch.TextBytes));
        Assert.Throws<InvalidOperationException>(() => batch.AddDetail("{}"u8));
    }

    [Fact]
    public void A_detail_that_no_reader_may_add_is_our_bug()
    {
        using var batch = Batch(out var series);
        Assert.StartsWith("BUG:", Assert.Throws<InvalidOperationException>(() => batch.AddDetail("{}"u8)).Message);
        batch.AddSample(series, 1, 1);
        Assert.StartsWith("BUG:", Assert.Throws<ArgumentException>(() => batch.AddDetail(default)).Message);
        Assert.StartsWith("BUG:", Assert.Throws<ArgumentException>(() => batch.AddDetail(new byte[SampleDetail.MaxBytes + 1])).Message);
        batch.AddDetail(new byte[SampleDetail.MaxBytes]);
        Assert.StartsWith("BUG:", Assert.Throws<InvalidOperationException>(() => batch.AddDetail("{}"u8)).Message);
        Assert.Equal(1, batch.DetailCount);
    }

    private static MetricBatch Batch(out int series)
    {
        var batch = new MetricBatch();
        series = batch.AddSeries(new InternedSeries("key"u8.ToArray(), 1), MetricKind.Gauge, "By"u8);
        return batch;
    }

    private static List<(int, string)> Details(MetricBatch batch) =>
        [.. Enumerable.Range(0, batch.DetailCount).Select(batch.DetailAt).Select(detail => (detail.Sample, Encoding.UTF8.GetString(detail.Json.Span)))];
}
