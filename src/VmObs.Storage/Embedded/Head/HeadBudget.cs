namespace VmObs.Storage.Embedded.Head;

/// <summary>Bounds the memory of open hours: bytes are reserved when a request is admitted and given back when its data is on disk.</summary>
/// <remarks>Thread-safe. Who waits is served in order; a request larger than the whole budget is let in once nothing else is held.</remarks>
internal sealed class HeadBudget(long limitBytes, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private long _used;

    /// <summary>Bytes reserved now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>The bound.</summary>
    public long Limit => limitBytes;

    /// <summary>Reserves bytes, waiting for room when there is none.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="atMost">How long to wait.</param>
    /// <returns>False when there was no room in time; nothing is reserved then.</returns>
    public async ValueTask<bool> ReserveAsync(long bytes, TimeSpan atMost)
    {
        LinkedListNode<Waiter> waiter;
        lock (_lock)
        {
            if (_waiting.Count == 0 && Fits(bytes))
            {
                _used += bytes;
                return true;
            }
            waiter = _waiting.AddLast(new Waiter(bytes, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }
        using var end = new CancellationTokenSource();
        var first = await Task.WhenAny(waiter.Value.Served.Task, Task.Delay(atMost, time, end.Token));
        await end.CancelAsync();
        if (first == waiter.Value.Served.Task)
            return true;
        lock (_lock)
        {
            // Served at the last moment.
            if (waiter.List is null)
                return true;
            _waiting.Remove(waiter);
            Serve();
            return false;
        }
    }

    /// <summary>Reserves bytes whether there is room or not: for what was admitted before, and for what turns out to be larger. Negative gives back.</summary>
    public void Reserve(long bytes) => Release(-bytes);

    /// <summary>Gives bytes back.</summary>
    public void Release(long bytes)
    {
        lock (_lock)
        {
            _used -= bytes;
            Serve();
        }
    }

    private bool Fits(long bytes) => _used + bytes <= limitBytes || _used == 0;

    private void Serve()
    {
        while (_waiting.First is { } next && Fits(next.Value.Bytes))
        {
            _used += next.Value.Bytes;
            _waiting.RemoveFirst();
            next.Value.Served.SetResult();
        }
    }

    private sealed record Waiter(long Bytes, TaskCompletionSource Served);
}
