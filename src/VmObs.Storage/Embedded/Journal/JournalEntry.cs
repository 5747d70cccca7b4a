using VmObs.Ledger.Hashing;
using VmObs.Signals.Ports;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>One record on its way: queued, made durable, applied, answered.</summary>
/// <remarks>The writer sets <see cref="Position"/> and <see cref="Chain"/> before it hands the entry on.</remarks>
internal sealed class JournalEntry(JournalRecordKind kind, ReceivedRequest request, Digest bodyDigest, object payload, long reservedBytes)
{
    private readonly TaskCompletionSource<long> _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What the record is.</summary>
    public JournalRecordKind Kind { get; } = kind;

    /// <summary>The request, or for a decision its signal, arrival time and body.</summary>
    public ReceivedRequest Request { get; } = request;

    /// <summary>BLAKE3 of the body, computed by the caller so that the writer's thread need not.</summary>
    public Digest BodyDigest { get; } = bodyDigest;

    /// <summary>The decoded batch; borrowed until <see cref="Applied"/> completes.</summary>
    public object Payload { get; } = payload;

    /// <summary>Memory reserved for what the entry brings into the head.</summary>
    public long ReservedBytes { get; } = reservedBytes;

    /// <summary>Where the journal has it.</summary>
    public long Position { get; set; }

    /// <summary>The chain after this record.</summary>
    public Digest Chain { get; set; }

    /// <summary>How many of its records the applier put into late batches.</summary>
    public int LateRecords { get; set; }

    /// <summary>The position, once the record is durable and applied; fails when the disk refused.</summary>
    public Task<long> Applied => _applied.Task;

    /// <summary>Durable and applied.</summary>
    public void Complete() => _applied.TrySetResult(Position);

    /// <summary>Not durable, or not applied.</summary>
    public void Fail(Exception error) => _applied.TrySetException(error);
}
