using Microsoft.Extensions.Time.Testing;
using VmObs.Storage.Embedded.Head;

namespace VmObs.Tests.Storage.Head;

public sealed class HeadBudgetTests
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Who_waits_is_served_in_order_as_bytes_come_back()
    {
        var budget = new HeadBudget(100, new FakeTimeProvider());
        Assert.True(await budget.ReserveAsync(80, s_wait));
        var large = budget.ReserveAsync(60, s_wait).AsTask();
        var small = budget.ReserveAsync(10, s_wait).AsTask();
        // There is room for the small one, but it came later.
        Assert.False(small.IsCompleted);
        budget.Release(30);
        Assert.False(large.IsCompleted);
        budget.Release(10);
        Assert.True(await large);
        Assert.Equal(100, budget.Used);
        Assert.False(small.IsCompleted);
        budget.Release(60);
        Assert.True(await small);
        Assert.Equal(50, budget.Used);
    }

    [Fact]
    public async Task Who_waits_too_long_gets_nothing_and_lets_the_next_one_in()
    {
        var time = new FakeTimeProvider();
        var budget = new HeadBudget(100, time);
        Assert.True(await budget.ReserveAsync(50, s_wait));
        var large = budget.ReserveAsync(60, s_wait).AsTask();
        time.Advance(TimeSpan.FromSeconds(1));
        var small = budget.ReserveAsync(10, s_wait).AsTask();
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(await large);
        Assert.True(await small);
        Assert.Equal(60, budget.Used);
    }

    [Fact]
    public async Task A_request_larger_than_the_budget_is_let_in_alone()
    {
        var budget = new HeadBudget(100, new FakeTimeProvider());
        Assert.True(await budget.ReserveAsync(500, s_wait));
        var next = budget.ReserveAsync(1, s_wait).AsTask();
        Assert.False(next.IsCompleted);
        budget.Release(500);
        Assert.True(await next);
        Assert.Equal(1, budget.Used);
    }
}
