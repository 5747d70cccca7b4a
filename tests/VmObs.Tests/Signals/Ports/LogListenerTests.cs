using VmObs.Signals.Logs;
using VmObs.Signals.Ports;

namespace VmObs.Tests.Signals.Ports;

public sealed class LogListenerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_come_in_the_order_of_offers()
    {
        using var listener = new LogListener(10_000, static _ => { });
        Offer(listener, 0, 3);
        Assert.Equal(["0", "1", "2"], await TakeAsync(listener, 3));
        var waiting = listener.NextAsync(Cancelled).AsTask();
        Assert.False(waiting.IsCompleted);
        Offer(listener, 3, 1);
        Assert.Equal("3", Told(await waiting));
    }

    [Fact]
    public async Task One_who_is_slow_is_told_how_many_he_missed_where_he_missed_them_and_then_hears_again()
    {
        // Ten records of 36 + 64 bytes have room.
        using var listener = new LogListener(1_000, static _ => { });
        Offer(listener, 0, 25);
        Assert.Equal(["0", "1", "2", "3"], await TakeAsync(listener, 4));
        // Over half the room is taken: nothing yet, so that there are few gaps.
        Offer(listener, 25, 5);
        Assert.Equal(["4"], await TakeAsync(listener, 1));
        Offer(listener, 30, 2);
        Assert.Equal(["5", "6", "7", "8", "9", "missed 20", "30", "31"], await TakeAsync(listener, 8));
    }

    [Fact]
    public async Task What_nobody_could_look_at_in_time_counts_as_missed()
    {
        using var listener = new LogListener(1_000, static _ => { });
        Offer(listener, 0, 1);
        listener.Miss(100);
        Offer(listener, 1, 1);
        listener.Miss(7);
        Assert.Equal(["0", "missed 100", "1", "missed 7"], await TakeAsync(listener, 4));
    }

    [Fact]
    public async Task A_record_larger_than_all_the_room_comes_when_nothing_else_waits()
    {
        using var listener = new LogListener(10, static _ => { });
        Offer(listener, 0, 2);
        Assert.Equal(["0", "missed 1"], await TakeAsync(listener, 2));
    }

    [Fact]
    public async Task What_waits_at_the_end_is_still_heard()
    {
        var ended = 0;
        var listener = new LogListener(1_000, _ => ended++);
        Offer(listener, 0, 1);
        listener.End();
        Assert.Equal("0", Told(await listener.NextAsync(Cancelled)));
        Assert.Null(await listener.NextAsync(Cancelled));
        listener.Dispose();
        Assert.Equal(1, ended);
    }

    private static void Offer(LogListener listener, int from, int count)
    {
        for (var i = from; i < from + count; i++)
            listener.Offer(new LogRecord(i, Level.Info, new byte[36]));
    }

    private static async Task<List<string>> TakeAsync(LogListener listener, int count)
    {
        var told = new List<string>();
        for (var i = 0; i < count; i++)
            told.Add(Told(await listener.NextAsync(Cancelled)));
        return told;
    }

    private static string Told(LogHeard? heard) => heard is { Missed: > 0 and var missed } ? $"missed {missed}" : $"{heard!.Value.Record.TimestampUnixNanos}";
}
