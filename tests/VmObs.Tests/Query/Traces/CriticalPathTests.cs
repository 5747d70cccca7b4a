using CsCheck;
using VmObs.Query.Traces;
using VmObs.Signals;
using VmObs.Signals.Traces;

namespace VmObs.Tests.Query.Traces;

public sealed class CriticalPathTests
{
    private const long Millisecond = 1_000_000;

    [Theory]
    // Children one after the other, with work of the parent around them.
    [InlineData("a - 0 100\nb a 10 40\nc a 50 90", "a 0-10, b 10-40, a 40-50, c 50-90, a 90-100")]
    // Overlapping children: what ended last is what was waited for, and before it what ended before it began.
    [InlineData("a - 0 100\nb a 10 60\nc a 20 90\nd a 5 15", "a 0-5, d 5-15, a 15-20, c 20-90, a 90-100")]
    // A child in another's shadow is on no path.
    [InlineData("a - 0 100\nb a 0 100\nc a 20 50", "b 0-100")]
    // A grandchild.
    [InlineData("a - 0 100\nb a 10 90\nc b 20 80", "a 0-10, b 10-20, c 20-80, b 80-90, a 90-100")]
    // A child that outlives its parent was not waited for while the parent ran.
    [InlineData("a - 0 100\nb a 10 40\nc b 20 70\nd a 40 80", "a 0-10, b 10-40, d 40-80, a 80-100")]
    // But where the trace ends with it, the path is its, and before it that of who began it.
    [InlineData("a - 0 50\nb a 10 30\nc b 20 100", "a 0-10, b 10-20, c 20-100")]
    // Two roots, and a time in which nobody ran.
    [InlineData("a - 0 30\nb - 50 100", "a 0-30, - 30-50, b 50-100")]
    // A parent that never came: its child begins a tree of its own.
    [InlineData("a - 0 100\nb x 20 60", "a 0-100")]
    [InlineData("b x 20 60\nc y 70 90", "b 20-60, - 60-70, c 70-90")]
    // Spans that are their own ancestors.
    [InlineData("a b 0 100\nb a 10 90", "a 0-10, b 10-90, a 90-100")]
    [InlineData("a a 0 100", "a 0-100")]
    // A clock that is behind: the call is put into the middle of its caller.
    [InlineData("a - 0 100 client@node-1\nb a -500 -420 server@node-2\nc b -490 -430 internal@node-2", "a 0-10, b 10-20, c 20-80, b 80-90, a 90-100")]
    // A clock that agrees is left as it is.
    [InlineData("a - 0 100 client@node-1\nb a 5 60 server@node-2", "a 0-5, b 5-60, a 60-100")]
    // A consumer is no answer to a call: it may well end later.
    [InlineData("a - 0 100 producer@node-1\nb a 150 200 consumer@node-2", "a 0-100, - 100-150, b 150-200")]
    // A child that began before its parent counts from there on.
    [InlineData("r - 0 100\na r 20 100\nb a 10 60", "r 0-20, b 20-60, a 60-100")]
    // No time at all.
    [InlineData("a - 5 5\nb a 5 5", "")]
    public void The_path_is_what_the_trace_waited_for(string drawing, string path) => Assert.Equal(path, PathOf(drawing));

    [Fact]
    public void A_chain_of_a_hundred_thousand_spans_is_walked_without_recursion()
    {
        var spans = Enumerable.Range(1, 100_000).Select(i => Span((ulong)i, (ulong)i - 1, i, 400_000 - i)).ToList();
        var analysis = TraceAnalysis.Of(spans);
        Assert.Equal(399_998 * Millisecond, analysis.Path.Sum(piece => piece.Nanos));
        Assert.Equal(99_999, analysis.Bottleneck);
    }

    [Fact]
    public void Whatever_the_spans_the_pieces_follow_one_another_from_start_to_end_and_lie_within_their_spans() =>
        Gen.Select(Gen.ULong[1, 12], Gen.ULong[0, 12], Gen.Int[0, 200], Gen.Int[0, 100]).Array[1, 12].Sample(drawn =>
        {
            var spans = drawn.OrderBy(span => span.Item3).Select(span => Span(span.Item1, span.Item2, span.Item3, span.Item3 + span.Item4)).ToList();
            var analysis = TraceAnalysis.Of(spans);
            var at = analysis.Tree.StartUnixNanos;
            foreach (var piece in analysis.Path)
            {
                Assert.Equal(at, piece.FromUnixNanos);
                Assert.True(piece.Nanos > 0);
                if (piece.Span >= 0)
                    Assert.True(piece.FromUnixNanos >= analysis.Tree.Start(piece.Span) && piece.ToUnixNanos <= analysis.Tree.End(piece.Span));
                else
                    Assert.DoesNotContain(Enumerable.Range(0, spans.Count), span => Covers(analysis.Tree, span, piece));
                at = piece.ToUnixNanos;
            }
            Assert.Equal(analysis.Tree.EndUnixNanos, at);
            Assert.Equal(spans.Count, analysis.Tree.TopDown.Distinct().Count());
        });

    private static bool Covers(TraceTree tree, int span, PathPiece piece) =>
        tree.Start(span) <= piece.FromUnixNanos && tree.End(span) >= piece.ToUnixNanos && tree.ParentOf(span) < 0;

    private static string PathOf(string drawing)
    {
        var analysis = TraceAnalysis.Of(DrawnTrace.Of(drawing));
        return string.Join(", ", analysis.Path.Select(piece =>
            $"{(piece.Span < 0 ? "-" : DrawnTrace.NameOf(analysis.Tree.Record(piece.Span)))} {(piece.FromUnixNanos - DrawnTrace.Start) / Millisecond}-{(piece.ToUnixNanos - DrawnTrace.Start) / Millisecond}"));
    }

    private static ReadOnlyMemory<byte> Span(ulong id, ulong parent, int fromMs, int toMs)
    {
        using var buffer = new PooledBuffer();
        SpanRecordWriter.Begin(buffer, new SpanHead(new TraceId(1, 2), id, parent, fromMs * Millisecond, toMs * Millisecond, SpanKind.Internal, SpanStatus.Ok, 0));
        for (var text = 0; text < 10; text++)
            SpanRecordWriter.WriteText(buffer, []);
        return buffer.WrittenSpan.ToArray();
    }
}
