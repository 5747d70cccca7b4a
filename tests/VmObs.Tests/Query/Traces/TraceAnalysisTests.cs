using System.Text.Json;
using VmObs.Query.Documents;
using VmObs.Query.Traces;
using VmObs.Signals;

namespace VmObs.Tests.Query.Traces;

public sealed class TraceAnalysisTests
{
    [Fact]
    public void Self_time_is_what_no_child_covers_however_children_overlap_or_reach_beyond()
    {
        var analysis = TraceAnalysis.Of(DrawnTrace.Of("a - 0 100\nb a 10 40\nc a 30 60\nd a 90 150\ne c 35 40"));
        Assert.Equal([40, 30, 25, 60, 5], "abcde".Select(letter => SelfMs(analysis, letter)));
    }

    [Fact]
    public void The_bottleneck_is_the_span_whose_own_work_was_waited_for_longest()
    {
        var analysis = TraceAnalysis.Of(DrawnTrace.Of("a - 0 100\nb a 10 90\nc b 10 20\nd b 20 85\ne a 0 99"));
        // e ran nearly all the time, and a could not end before it.
        Assert.Equal("e", DrawnTrace.NameOf(analysis.Tree.Record(analysis.Bottleneck)));
        Assert.Equal(("service-e", "e", 1), (analysis.Operations[0].Service, analysis.Operations[0].Name, analysis.Operations[0].Spans));
    }

    [Fact]
    public void The_document_says_it_all()
    {
        var analysis = TraceAnalysis.Of(DrawnTrace.Of("a - 0 100 client@node-1\nb a -500 -420 server@node-2\nc x 20 30"));
        using var buffer = new PooledBuffer();
        using (var json = new Utf8JsonWriter(buffer))
            TraceAnalysisDocument.Write(json, analysis, new UsualDuration(7, 40_000_000, 75_500_000));
        var document = JsonElement.Parse(buffer.WrittenSpan);
        Assert.Equal(100, document.GetProperty("duration_ms").GetDecimal());
        var bottleneck = document.GetProperty("bottleneck");
        Assert.Equal(("b", "service-b", 80m, 0.8m), (bottleneck.GetProperty("name").GetString(), bottleneck.GetProperty("service").GetString(), bottleneck.GetProperty("path_ms").GetDecimal(), bottleneck.GetProperty("share").GetDecimal()));
        Assert.Equal("""{"compared":7,"median_ms":40,"p95_ms":75.5}""", bottleneck.GetProperty("usual").GetRawText());
        Assert.Equal(["a 0 10", "b 10 80", "a 90 10"], document.GetProperty("critical_path").EnumerateArray().Select(piece =>
            $"{piece.GetProperty("name").GetString()} {piece.GetProperty("from_ms").GetDecimal()} {piece.GetProperty("path_ms").GetDecimal()}"));
        var findings = document.GetProperty("findings");
        Assert.Equal((2, 1, 0), (findings.GetProperty("roots").GetInt32(), findings.GetProperty("lost_parents").GetInt32(), findings.GetProperty("cycles").GetInt32()));
        Assert.Equal(-510, Assert.Single(findings.GetProperty("clock_skew").EnumerateArray()).GetProperty("skew_ms").GetDecimal());
    }

    [Theory]
    [InlineData(">1s", 1_000_000_001, long.MaxValue)]
    [InlineData(">=250ms", 250_000_000, long.MaxValue)]
    [InlineData("<5s", long.MinValue, 4_999_999_999)]
    [InlineData("<=1.5s", long.MinValue, 1_500_000_000)]
    [InlineData("1s..5s", 1_000_000_000, 5_000_000_000)]
    [InlineData("1.5ms..", 1_500_000, long.MaxValue)]
    [InlineData("..100us", long.MinValue, 100_000)]
    [InlineData(" > 2m ", 120_000_000_001, long.MaxValue)]
    public void Bounds_are_read_as_people_write_them(string text, long min, long max)
    {
        Assert.True(DurationBounds.TryParse(text, out var bounds));
        Assert.Equal(new DurationBounds(min, max), bounds);
    }

    [Theory]
    [InlineData("1s")]
    [InlineData(">")]
    [InlineData(">1")]
    [InlineData("..")]
    [InlineData("5s..1s")]
    [InlineData("1s..x")]
    [InlineData(">-1s")]
    [InlineData("=1s")]
    [InlineData(">99999999999h")]
    public void Other_texts_are_no_bounds(string text) => Assert.False(DurationBounds.TryParse(text, out _));

    [Fact]
    public void What_is_usual_is_told_by_nearest_rank()
    {
        Assert.Equal(new UsualDuration(100, 50, 95), UsualDuration.Of([.. Enumerable.Range(1, 100).Select(i => (long)i)]));
        Assert.Equal(new UsualDuration(1, 9, 9), UsualDuration.Of([9]));
        Assert.Null(UsualDuration.Of([]));
    }

    private static long SelfMs(TraceAnalysis analysis, char letter) =>
        analysis.SelfNanos[Enumerable.Range(0, analysis.Tree.Count).Single(span => DrawnTrace.NameOf(analysis.Tree.Record(span)) == $"{letter}")] / 1_000_000;
}
