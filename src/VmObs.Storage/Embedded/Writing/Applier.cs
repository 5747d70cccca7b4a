using System.Threading.Channels;
using VmObs.Ledger.Hashing;
using VmObs.Storage.Embedded.Journal;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>Applies one signal's journal records to its open hours, in order, on one thread of control.</summary>
/// <remarks>All that changes a signal's open hours runs here: records as they become durable, and what <see cref="InvokeAsync"/> is given.</remarks>
internal sealed class Applier : IAsyncDisposable
{
    private readonly Channel<Func<ValueTask>> _work = Channel.CreateUnbounded<Func<ValueTask>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Func<JournalEntry, ValueTask> _apply;
    private readonly Task _loop;
    private long _position;
    private long _enqueued;

    /// <summary>Starts after the end of a replay.</summary>
    /// <param name="end">Where the replay ended.</param>
    /// <param name="apply">Applies one durable entry.</param>
    public Applier(JournalEnd end, Func<JournalEntry, ValueTask> apply)
    {
        _position = _enqueued = end.Position;
        Chain = end.Chain;
        _apply = apply;
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Position of the last applied record of this signal.</summary>
    public long Position => Volatile.Read(ref _position);

    /// <summary>A position at or before the first record that was enqueued and is not applied; the largest number when all are.</summary>
    public long FirstOutstanding
    {
        get
        {
            // In this order: a record that is enqueued in between is not asked about.
            var enqueued = Volatile.Read(ref _enqueued);
            var applied = Position;
            return applied < enqueued ? applied + 1 : long.MaxValue;
        }
    }

    /// <summary>The journal's chain at <see cref="Position"/>; to be read on the applier's thread of control.</summary>
    public Digest Chain { get; private set; }

    /// <summary>Hands on a durable entry; never blocks. Entries come in order of position.</summary>
    public void Enqueue(JournalEntry entry)
    {
        Volatile.Write(ref _enqueued, entry.Position);
        if (!_work.Writer.TryWrite(() => ApplyAsync(entry)))
            entry.Fail(new IOException("store: closed, the engine is stopping"));
    }

    /// <summary>Runs something between two records.</summary>
    public Task<T> InvokeAsync<T>(Func<T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var queued = _work.Writer.TryWrite(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception error)
            {
                // Whoever asked gets the failure; the applier itself goes on.
                done.SetException(error);
            }
            return ValueTask.CompletedTask;
        });
        return queued ? done.Task : Task.FromException<T>(new IOException("store: closed, the engine is stopping"));
    }

    /// <summary>Applies what is queued, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        await foreach (var work in _work.Reader.ReadAllAsync())
            await work();
    }

    private async ValueTask ApplyAsync(JournalEntry entry)
    {
        try
        {
            await _apply(entry);
            Chain = entry.Chain;
            Volatile.Write(ref _position, entry.Position);
            entry.Complete();
        }
        catch (Exception error)
        {
            // The sender gets no acknowledgement; the record is in the journal and a restart applies it.
            entry.Fail(error);
        }
    }
}
