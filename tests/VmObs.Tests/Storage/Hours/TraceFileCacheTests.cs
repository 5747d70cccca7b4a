using VmObs.Signals;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Parquet;

namespace VmObs.Tests.Storage.Hours;

public sealed class TraceFileCacheTests
{
    private static readonly HourFile s_file = TestTraces.Hour;

    [Fact]
    public void What_is_known_is_read_once_by_file_row_group_column_and_kind()
    {
        var cache = new TraceFileCache(1000);
        var reads = 0;
        string Get(HourFile file, int group, int column) => cache.Get(file, group, column, () => $"{++reads}", static _ => 10);
        Assert.Equal("1", Get(s_file, 0, 0));
        Assert.Equal("1", Get(s_file, 0, 0));
        Assert.Equal("2", Get(s_file, 0, 1));
        Assert.Equal("3", Get(s_file, 1, 0));
        Assert.Equal("4", Get(s_file with { LateIndex = 1 }, 0, 0));
        Assert.Equal("5", Get(s_file with { Hour = new HourId(s_file.Hour.Number + 1) }, 0, 0));
        Assert.Equal([6], cache.Get(s_file, 0, 0, () => new[] { ++reads }, static _ => 10));
        Assert.Equal("1", Get(s_file, 0, 0));
        Assert.Equal((6, 60L), (reads, cache.HeldBytes));
    }

    [Fact]
    public void It_holds_no_more_than_it_may_and_lets_go_what_was_not_asked_for_longest()
    {
        var cache = new TraceFileCache(100);
        for (var group = 0; group < 10; group++)
            cache.Get(s_file, group, 0, () => $"{group}", static _ => 30);
        Assert.Equal(90, cache.HeldBytes);
        Assert.Equal([7, 8, 9], Enumerable.Range(0, 10).Where(group => cache.Find<string>(s_file, group, 0) is not null));
        // Asked for, it stays when another comes.
        Assert.Equal("7", cache.Find<string>(s_file, 7, 0));
        cache.Get(s_file, 10, 0, () => "10", static _ => 30);
        Assert.Equal([7, 9, 10], Enumerable.Range(0, 11).Where(group => cache.Find<string>(s_file, group, 0) is not null));
        // What is larger than all of it is read and not kept, and nothing goes for it.
        Assert.Equal("large", cache.Get(s_file, 11, 0, () => "large", static _ => 101));
        Assert.Null(cache.Find<string>(s_file, 11, 0));
        Assert.Equal(90, cache.HeldBytes);
    }

    [Fact]
    public void A_read_that_fails_leaves_nothing_behind()
    {
        var cache = new TraceFileCache(100);
        Assert.Throws<IOException>(() => cache.Get<string>(s_file, 0, 0, () => throw new IOException("no"), static _ => 1));
        Assert.Equal("then", cache.Get(s_file, 0, 0, () => "then", static _ => 1));
    }

    [Fact]
    public void Footers_are_kept_by_file()
    {
        var cache = new TraceFileCache(1 << 20);
        var (first, second) = (Footer("a"), Footer("b"));
        Assert.Same(first, cache.Footer(s_file, () => first));
        Assert.Same(first, cache.Footer(s_file, () => second));
        Assert.Same(second, cache.Footer(s_file with { LateIndex = 1 }, () => second));
        Assert.Equal(first.HeldBytes + second.HeldBytes, cache.HeldBytes);
    }

    private static FileMetadata Footer(string table) => new(table, [], [], new Dictionary<string, string>());
}
