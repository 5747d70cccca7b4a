using VmObs.Ledger.Checkpoints;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts.Gaps;

/// <summary>Gives the scroll of an engine at work another key: secret, HEAD under both keys, receipt, ROOT, HEAD under the new one alone.</summary>
/// <remarks>Thread-safe. A crash between any two steps leaves a folder that starts and verifies. Whoever made it disposes it.</remarks>
/// <param name="dataFolder">Whose names must not change while it is copied.</param>
/// <param name="ledger">Whose key it is.</param>
/// <param name="heartbeat">Signs HEAD with it.</param>
/// <param name="journal">Where the journal ends.</param>
internal sealed class KeyRotator(string dataFolder, ObservabilityLedger ledger, Heartbeat heartbeat, Func<DurableJournal> journal) : IDisposable
{
    private readonly SemaphoreSlim _rotating = new(1, 1);

    /// <summary>Rotates; all of it is durable when the task completes.</summary>
    /// <returns>The new key.</returns>
    /// <exception cref="IOException">The disk refuses, or a backup is being made; whatever was done of it counts, or is undone by the next start.</exception>
    public async Task<NoteKey> RotateAsync()
    {
        await _rotating.WaitAsync();
        try
        {
            using var hold = FolderHold.TryShare(dataFolder)
                ?? throw new FolderHeldException($"{dataFolder}: a backup is being made of it; its key stays until that is done");
            var next = ledger.PrepareKey();
            if (!await heartbeat.SignAsync(journal, CancellationToken.None))
                throw new IOException($"{dataFolder}: the downtime before this start has no receipt yet, without which HEAD cannot be signed; try again once /obs/health is well");
            await ledger.RotateKeyAsync(next);
            await heartbeat.BeatAsync(journal, CancellationToken.None);
            return next;
        }
        finally
        {
            _rotating.Release();
        }
    }

    public void Dispose() => _rotating.Dispose();
}
