namespace VmObs.Storage.Embedded.Reading;

/// <summary>How many threads all queries together may read blocks on, beside one for each query.</summary>
internal sealed class ScanThreads(int more) : IDisposable
{
    private readonly SemaphoreSlim _free = new(more);

    /// <summary>Takes up to so many that are free now; never waits.</summary>
    public int Take(int wanted)
    {
        var taken = 0;
        while (taken < wanted && _free.Wait(0))
            taken++;
        return taken;
    }

    /// <summary>Gives them back.</summary>
    public void Return(int taken)
    {
        if (taken > 0)
            _free.Release(taken);
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();
}
