using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Tests.Storage.Head;

public sealed class TraceDeciderTests
{
    private const long Second = 1_000_000_000, Start = 1_765_000_000 * Second;
    private readonly TraceDecider _decider = new(maxPendingBytes: 100_000);
    private long _position;

    [Fact]
    public void A_trace_is_decided_once_it_is_quiet()
    {
        Add(1, 0);
        Add(2, 5);
        Add(1, 8);
        Assert.Empty(Choose(14));
        Assert.Equal([2], Choose(15));
        Assert.Equal([1], Choose(18));
        Assert.Empty(Choose(100));
    }

    [Fact]
    public void A_trace_that_never_is_quiet_is_decided_when_it_is_old()
    {
        for (var second = 0; second < 300; second++)
        {
            Add(1, second);
            Assert.Empty(Choose(second));
        }
        Add(1, 300);
        Assert.Equal([1], Choose(300));
    }

    [Fact]
    public void A_trace_that_grows_large_is_decided_at_once()
    {
        while (_decider.Pending.Find(Id(1)) is not { ReservedBytes: >= TraceDecider.MaxTraceBytes })
            Add(1, 0, textBytes: 60_000);
        Assert.Equal([1], Choose(0));
    }

    [Fact]
    public void Under_pressure_the_quietest_are_decided_until_half_is_left()
    {
        for (var i = 1; i <= 100; i++)
            Add(i, i * 0.01, textBytes: 2_000);
        Assert.True(_decider.IsUnderPressure);
        var chosen = Choose(1);
        Assert.Equal(Enumerable.Range(1, chosen.Count), chosen);
        Assert.InRange(_decider.Pending.UndecidedBytes, 45_000, 50_000);
    }

    [Fact]
    public void Traces_from_before_a_position_of_the_journal_are_decided()
    {
        Add(1, 0);
        Add(2, 1);
        Add(1, 2);
        _decider.BeginAfter(2);
        Assert.Equal([1], Choose(3));
        Assert.Empty(Choose(4));
        _decider.BeginAfter(3);
        Assert.Equal([2], Choose(5));
    }

    [Fact]
    public void A_clock_that_was_set_back_keeps_no_trace_waiting()
    {
        Add(1, 0);
        Assert.Equal([1], Choose(-7200));
    }

    [Fact]
    public void A_decision_that_did_not_reach_the_journal_is_taken_back()
    {
        Add(1, 0);
        Assert.Equal([1], Choose(10));
        Add(1, 10);
        _decider.Pending.TakeBackDecision(Id(1));
        Assert.Empty(Choose(15));
        Assert.Equal([1], Choose(20));
        Assert.Equal(2, _decider.Pending.Remove(Id(1))!.Spans.Count);
        Assert.Equal(0, _decider.Pending.UndecidedBytes);
    }

    [Theory]
    [InlineData(0, 3, 1)]
    [InlineData(1, 2, 2)]
    [InlineData(2, 1, 3)]
    [InlineData(3, 0, 0)]
    public void What_came_after_the_rules_looked_waits_for_a_decision_of_its_own(int through, int spans, int firstPosition)
    {
        for (var i = 0; i < 3; i++)
            Add(1, i);
        var before = _decider.Pending.Find(Id(1))!.ReservedBytes;
        Assert.Equal([1], Choose(20));
        var freed = _decider.Pending.Drop(Id(1), through);
        var rest = _decider.Pending.Find(Id(1));
        Assert.Equal((spans, firstPosition), (rest?.Spans.Count ?? 0, (int)(rest?.FirstPosition ?? 0)));
        Assert.Equal(before, freed + (rest?.ReservedBytes ?? 0));
        Assert.Equal(rest?.ReservedBytes ?? 0, _decider.Pending.UndecidedBytes);
        Assert.Equal(spans == 0 ? [] : [1], Choose(40));
    }

    private static TraceId Id(int trace) => new(0, (ulong)trace);

    private void Add(int trace, double second, int textBytes = 0)
    {
        var at = Start + (long)(second * Second);
        using var record = new PooledBuffer();
        SpanRecordWriter.Begin(record, new SpanHead(Id(trace), 1, 0, at, at, SpanKind.Internal, SpanStatus.Ok, 0));
        SpanRecordWriter.WriteText(record, new byte[textBytes]);
        _decider.Add(new SpanRecord(record.WrittenSpan), ++_position, at);
    }

    private List<int> Choose(double second) =>
        [.. _decider.Choose(new SealRule(Start + (long)(second * Second), AllEnded: false)).Select(id => (int)id.Low)];
}
