using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Journal;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>A record of the journal, and the chain from it on, read from the segments that are kept.</summary>
/// <param name="KeptFrom">Position of the first record that is kept; 0 when no segment is.</param>
/// <param name="End">Position of the last record that was read.</param>
/// <param name="Record">The record; null when it is not kept, not there, or does not verify.</param>
/// <param name="Damage">What is wrong where the walk ended before its end, one line; null where nothing is known to be.</param>
public sealed record JournalTrail(long KeptFrom, long End, KeptRecord? Record, string? Damage)
{
    /// <summary>Follows the chain from the segment that holds a record.</summary>
    /// <param name="dataFolder">Absolute path.</param>
    /// <param name="position">The record; at least 1.</param>
    /// <param name="through">The walk ends here; before that where the journal ends.</param>
    /// <param name="passed">Told each position from the record on, with the chain there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">A segment cannot be read.</exception>
    public static JournalTrail Follow(string dataFolder, long position, long through, Action<long, Digest> passed, CancellationToken cancellationToken)
    {
        using var journal = new JournalCursor(DiskFolder.Posix, Path.Combine(dataFolder, "journal"), position);
        KeptRecord? found = null;
        if (position >= journal.KeptFrom)
        {
            while (journal.End.Position < Math.Max(position, through) && (journal.End.Position + 1 == position ? journal.MoveNextWhole() : journal.MoveNext()))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (journal.End.Position == position)
                    found = Describe(journal);
                if (journal.End.Position >= position)
                    passed(journal.End.Position, journal.End.Chain);
            }
        }
        return new JournalTrail(journal.KeptFrom, journal.End.Position, found, journal.Damage);
    }

    private static KeptRecord Describe(JournalCursor journal)
    {
        ref readonly var record = ref journal.Record;
        return new KeptRecord(
            record.Position, "journal/" + journal.Segment, record.ArrivalUnixNanos,
            record.Kind == JournalRecordKind.Request ? (record.Signal, record.Format, record.Coding) : null,
            record.BodyLength, record.NodeBytes, record.BodyDigest, journal.ChainBefore, journal.End.Chain);
    }
}
