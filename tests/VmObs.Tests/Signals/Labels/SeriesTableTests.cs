using System.IO.Hashing;
using System.Text;
using VmObs.Signals.Metrics;

namespace VmObs.Tests.Signals.Labels;

public sealed class SeriesTableTests
{
    [Fact]
    public void A_series_that_is_still_asked_for_stays_when_others_are_dropped()
    {
        var table = new SeriesTable(maxBytes: 20_000);
        var kept = Add(table, "kept");
        var dropped = Add(table, "dropped");
        for (var i = 0; i < 2_000; i++)
        {
            Add(table, $"other-{i}");
            Assert.Same(kept.Series, Find(table, "kept")!.Series);
        }
        Assert.Null(Find(table, "dropped"));
        Assert.Null(Find(table, "other-0"));
        Assert.NotNull(Find(table, "other-1999"));
        Assert.Null(dropped.Next);
        Assert.True(dropped.Generation < 0);
    }

    [Fact]
    public void What_followed_is_guessed_until_it_is_no_longer_of_the_younger_generation()
    {
        var table = new SeriesTable(maxBytes: 20_000);
        var (first, second) = (Add(table, "first"), Add(table, "second"));
        first.Next = second;
        Assert.Same(second, table.FollowerOf(first, "second and more"u8));
        Assert.Null(table.FollowerOf(first, "secon"u8));
        Assert.Null(table.FollowerOf(second, "second"u8));
        Assert.Null(table.FollowerOf(null, "second"u8));
        for (var i = 0; table.FollowerOf(first, "second"u8) is not null; i++)
            Add(table, $"other-{i}");
        // Looked up it moves on, and is guessed again.
        Assert.NotNull(Find(table, "second"));
        Assert.NotNull(table.FollowerOf(first, "second"u8));
    }

    [Fact]
    public void All_series_are_found_while_the_table_grows()
    {
        var table = new SeriesTable(maxBytes: long.MaxValue);
        var entries = Enumerable.Range(0, 10_000).Select(i => Add(table, $"series-{i}")).ToList();
        for (var i = 0; i < entries.Count; i++)
        {
            Assert.Same(entries[i], Find(table, $"series-{i}"));
            Assert.Same(entries[i], Add(table, $"series-{i}"));
        }
        Assert.Null(Find(table, "series-10000"));
    }

    private static SeriesEntry Add(SeriesTable table, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var hash = XxHash3.HashToUInt64(bytes);
        return table.GetOrAdd(bytes, hash, new InternedSeries(bytes, hash));
    }

    private static SeriesEntry? Find(SeriesTable table, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return table.Find(bytes, XxHash3.HashToUInt64(bytes));
    }
}
