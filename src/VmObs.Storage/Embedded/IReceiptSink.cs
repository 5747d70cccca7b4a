namespace VmObs.Storage.Embedded;

/// <summary>Where the store reports what must be receipted.</summary>
public interface IReceiptSink
{
    /// <summary>Hours that already have a receipt, in the ledger's order.</summary>
    IReadOnlyList<SealedHourReceipt> SealedHours { get; }

    /// <summary>What the ledger says has expired, in its order: the last one of a file is what holds.</summary>
    IReadOnlyList<ExpiredHourReceipt> ExpiredHours { get; }

    /// <summary>Appends an hour's receipt; durable, with ROOT, once the task completes. An hour that has one already gets no second.</summary>
    ValueTask HourSealedAsync(SealedHour hour, CancellationToken cancellationToken);

    /// <summary>Appends traces' receipts; durable, with ROOT, once the task completes. A decision that has one already gets no second.</summary>
    ValueTask TracesCompletedAsync(IReadOnlyList<CompletedTrace> traces, CancellationToken cancellationToken);

    /// <summary>Appends the receipt of a step of the clock; durable, with ROOT, once the task completes.</summary>
    ValueTask ClockSteppedAsync(ClockStep step, CancellationToken cancellationToken);

    /// <summary>Appends the receipt of what is about to be dropped of a sealed hour; durable, with ROOT, once the task completes. The same fact
    /// gets no second.</summary>
    ValueTask HourExpiredAsync(ExpiredHour hour, CancellationToken cancellationToken);
}

/// <summary>What the ledger knows of a sealed hour.</summary>
/// <param name="StoragePath">Relative to the data folder, with slashes.</param>
/// <param name="ContentHash">BLAKE3 of the whole file, lower-case hex.</param>
/// <param name="JournalTo">Position through which the journal was applied when the hour closed.</param>
public sealed record SealedHourReceipt(string StoragePath, string ContentHash, long JournalTo);
