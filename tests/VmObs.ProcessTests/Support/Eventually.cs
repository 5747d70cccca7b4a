namespace VmObs.ProcessTests.Support;

/// <summary>Waits for a condition instead of a time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks until the answer is not null.</summary>
    /// <exception cref="TimeoutException">It still was at the deadline.</exception>
    public static async Task<T> GetAsync<T>(string what, TimeSpan limit, Func<Task<T?>> ask)
        where T : class
    {
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        using var timer = new PeriodicTimer(s_pause, clock);
        do
        {
            if (await ask() is { } answer)
                return answer;
        }
        while (clock.GetElapsedTime(start) < limit && await timer.WaitForNextTickAsync());
        throw new TimeoutException($"{what}: not within {limit}");
    }

    /// <summary>Asks until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It still was no at the deadline.</exception>
    public static Task TrueAsync(string what, TimeSpan limit, Func<bool> ask) =>
        GetAsync(what, limit, () => Task.FromResult(ask() ? what : null));
}
