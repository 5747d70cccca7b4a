using VmObs.Storage;

namespace VmObs.Tests.Storage;

public sealed class LruCacheTests
{
    [Fact]
    public void What_was_used_longest_ago_goes_first_and_the_bound_holds()
    {
        var cache = new LruCache<int, string>(100);
        cache.Add(1, "a", 40);
        cache.Add(2, "b", 40);
        Assert.Equal("a", cache.Find(1));
        cache.Add(3, "c", 40);
        Assert.Equal(["a", null, "c"], new[] { 1, 2, 3 }.Select(cache.Find));
        Assert.Equal(80, cache.HeldBytes);
        cache.Add(4, "too large", 101);
        Assert.Null(cache.Find(4));
        cache.Add(5, "e", 100);
        Assert.Equal([null, null, "e"], new[] { 1, 3, 5 }.Select(cache.Find));
        Assert.Equal(100, cache.HeldBytes);
        // Who read the same meanwhile changes nothing.
        cache.Add(5, "f", 1);
        Assert.Equal(("e", 100L), (cache.Find(5), cache.HeldBytes));
    }
}
