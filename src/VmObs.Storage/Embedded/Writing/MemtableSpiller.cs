using Microsoft.Extensions.Logging;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>Brings frozen memtables into runs, one after the other in the order in which they were frozen.</summary>
/// <remarks>Thread-safe. What the disk refuses stays in memory, and readable, until it is tried again.</remarks>
internal sealed class MemtableSpiller(StoreContext context, RunFolder folder) : IAsyncDisposable
{
    private readonly Queue<FrozenMemtable> _frozen = new();
    // Never disposed: it holds no handle, and a spill that was begun in the background may still wait for it at the end.
    private readonly SemaphoreSlim _spilling = new(1, 1);
    private bool _isEnded;

    /// <summary>The first record of the journal that a restart needs for what is not in a run; the largest number when all is.</summary>
    public long FirstPosition
    {
        get
        {
            lock (_frozen)
                return _frozen.Select(table => table.FirstPosition).DefaultIfEmpty(long.MaxValue).Min();
        }
    }

    /// <summary>Takes a memtable and begins to write it; never blocks.</summary>
    public void Enqueue(FrozenMemtable table)
    {
        lock (_frozen)
            _frozen.Enqueue(table);
        _ = Task.Run(SpillInBackgroundAsync);
    }

    /// <summary>Writes all memtables that were frozen by now.</summary>
    /// <exception cref="IOException">The disk or the ledger refused; nothing is lost, and asking again tries again.</exception>
    /// <exception cref="OperationCanceledException">The engine ends.</exception>
    public async Task SpillAsync()
    {
        await _spilling.WaitAsync();
        try
        {
            while (Next() is { } table)
            {
                if (_isEnded)
                    throw new OperationCanceledException("the engine is stopping");
                if (table.Receipts.Count > 0)
                    await context.Receipts.TracesCompletedAsync(table.Receipts, CancellationToken.None);
                await OwnThread.RunAsync(() => Spill(table));
            }
        }
        finally
        {
            _spilling.Release();
        }
    }

    /// <summary>Ends after the run that is being written; memtables that wait for theirs are left to the journal.</summary>
    public async ValueTask DisposeAsync()
    {
        await _spilling.WaitAsync();
        _isEnded = true;
        _spilling.Release();
    }

    private async Task SpillInBackgroundAsync()
    {
        try
        {
            await SpillAsync();
        }
        catch (IOException error)
        {
            context.Logger.LogError(error, "spilling to disk failed and is tried again: {Message}", error.Message);
        }
        catch (OperationCanceledException)
        {
            // The engine ends; the journal has what is in memory.
        }
    }

    private FrozenMemtable? Next()
    {
        lock (_frozen)
            return _frozen.TryPeek(out var table) ? table : null;
    }

    private void Spill(FrozenMemtable table)
    {
        var parts = table.Parts.OrderBy(part => part.Facts.Hour).ToList();
        var run = folder.Write(table.LastPosition, writer =>
        {
            foreach (var part in parts)
            {
                part.WriteTo(writer);
                writer.EndSection(part.Facts);
            }
            return writer.Finish(table.FirstPosition, table.LastPosition);
        });
        for (var i = 0; i < parts.Count; i++)
            parts[i].SpilledTo(new RunPart(run, run.Footer.Sections[i]));
        lock (_frozen)
            _frozen.Dequeue();
        context.Budget.Release(table.ReservedBytes);
    }
}
