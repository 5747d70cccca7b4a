using Microsoft.Extensions.Logging;
using VmObs.Signals;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Retention;

/// <summary>Drops what has expired, one round at a time.</summary>
internal sealed class RetentionRound : IDisposable
{
    private readonly StoreContext _context;
    private readonly IReadOnlyDictionary<Signal, SignalStore> _stores;
    private readonly RetentionPlan _plan;
    private readonly HourDropper _dropper;
    private readonly SemaphoreSlim _running = new(1, 1);

    public RetentionRound(StoreContext context, IReadOnlyDictionary<Signal, SignalStore> stores)
    {
        (_context, _stores) = (context, stores);
        _plan = new RetentionPlan(context);
        _dropper = new HourDropper(context, file => stores[file.Signal].Expire(file));
    }

    /// <summary>Finishes what the engine before was at; before files are looked for.</summary>
    public void FinishInterrupted()
    {
        var failures = new List<string>();
        _dropper.FinishInterrupted(failures);
        Log(failures);
    }

    /// <summary>What a round would drop now.</summary>
    public Task<RetentionResult> PlanAsync(CancellationToken cancellationToken) =>
        RunAsync(_ => { }, (expiry, hash, now) => Task.FromResult(expiry.ToFacts(hash, now)), cancellationToken);

    /// <summary>Drops what has expired; each receipt is durable before what it speaks of goes.</summary>
    public Task<RetentionResult> RunAsync(CancellationToken cancellationToken) =>
        RunAsync(
            _dropper.FinishInterrupted,
            async (expiry, hash, now) =>
            {
                var facts = await _dropper.DropAsync(expiry, hash, now, cancellationToken);
                _plan.Forget(expiry.File);
                return facts;
            },
            cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _running.Dispose();

    private async Task<RetentionResult> RunAsync(
        Action<List<string>> begin, Func<HourExpiry, string, long, Task<ExpiredHour>> act, CancellationToken cancellationToken)
    {
        await _running.WaitAsync(cancellationToken);
        try
        {
            var hours = new List<ExpiredHour>();
            var failures = new List<string>();
            var now = _context.NowUnixNanos;
            var plan = await Task.Run(
                () =>
                {
                    begin(failures);
                    return _plan.Make(_stores.Values.SelectMany(store => store.SealedFiles), now, failures);
                },
                cancellationToken);
            var hashes = plan.Count == 0 ? [] : _context.Receipts.SealedHours.ToDictionary(hour => hour.StoragePath, hour => hour.ContentHash);
            foreach (var expiry in plan)
            {
                cancellationToken.ThrowIfCancellationRequested();
                try
                {
                    hours.Add(await Task.Run(() => act(expiry, hashes[expiry.File.StoragePath], now), cancellationToken));
                }
                catch (Exception error) when (HourDropper.IsOfTheDisk(error))
                {
                    // The others need not wait for it; the next round tries again.
                    failures.Add($"{expiry.File.StoragePath}: {error.Message}");
                }
            }
            Log(failures);
            return new RetentionResult(hours, failures);
        }
        finally
        {
            _running.Release();
        }
    }

    private void Log(List<string> failures)
    {
        foreach (var failure in failures)
            _context.Logger.LogError("retention: kept what should go: {Failure}", failure);
    }
}
