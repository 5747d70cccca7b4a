using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Journal;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>The way of an accepted request: room in the head, then the journal, then the applier, then the answer.</summary>
internal sealed class Admission(StoreContext context)
{
    // What is in memory goes to disk faster than this unless the disk cannot follow.
    private static readonly TimeSpan s_waitForRoom = TimeSpan.FromSeconds(3);

    private JournalWriter? _journal;

    /// <summary>Opens the gate once the replay is done.</summary>
    public void Start(JournalWriter journal) => _journal = journal;

    /// <summary>Makes a request durable and applies it.</summary>
    /// <param name="request">As it arrived.</param>
    /// <param name="batch">What it decodes to; borrowed until completion.</param>
    /// <param name="cost">What it will hold in memory, bytes.</param>
    public async ValueTask<AppendOutcome> AppendAsync(ReceivedRequest request, object batch, long cost)
    {
        if (!await context.Budget.ReserveAsync(cost, s_waitForRoom))
            return AppendOutcome.Busy(
                $"open hours hold {context.Budget.Used} of {context.Budget.Limit} bytes, the request needs {cost}, and the disk does not follow", 5);
        var entry = new JournalEntry(JournalRecordKind.Request, request, Blake3.Hash(request.Body.Span), batch, cost);
        try
        {
            return AppendOutcome.Stored(await WriteAsync(entry)) with
            {
                LateRecords = entry.LateRecords,
                Receipt = new IngestReceipt(entry.Position, entry.Chain).ToString(),
            };
        }
        catch
        {
            context.Budget.Release(cost);
            throw;
        }
    }

    /// <summary>Makes a decision of our own durable and applies it.</summary>
    public Task<long> WriteAsync(JournalEntry entry)
    {
        (_journal ?? throw new InvalidOperationException("BUG: appended before the replay was done")).Append(entry);
        // Not cancellable: the applier works on the caller's batch until this completes.
        return entry.Applied;
    }

    /// <summary>The answer when a request would open too many hours.</summary>
    public static AppendOutcome TooManyHours(HourId hour, int open) =>
        AppendOutcome.Busy($"{open} hours are open, hour {hour} would be one more; send older data after they are sealed", 60);
}
