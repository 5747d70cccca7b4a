using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Wire;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>Where a journal ends.</summary>
/// <param name="Position">Its last good record; 0 when it has none.</param>
/// <param name="Chain">The chain after that record; all zero when there is none.</param>
internal readonly record struct JournalEnd(long Position, Digest Chain);

/// <summary>Takes the records of a journal as they are read.</summary>
/// <param name="record">The record's head.</param>
/// <param name="chain">The chain after it.</param>
/// <param name="rules">Rules in force when it was written.</param>
/// <param name="body">Its body; valid during the call.</param>
internal delegate void JournalRecordHandler(in JournalRecord record, in Digest chain, IngestRules rules, ReadOnlyMemory<byte> body);

/// <summary>Reads a journal from a position on, checking every record's chain and body.</summary>
/// <remarks>A crash can tear what was not synced yet, never what was: the end is where the first record does not verify, unless a later
/// record proves that it had been on disk (<see cref="JournalRecord.SyncedThrough"/>); that is damage.</remarks>
internal sealed class JournalReader(DiskFolder disk, string folder)
{
    private readonly byte[] _head = new byte[JournalRecord.HeadBytes];
    // Without a mark nothing is known to have been synced but what records say of one another.
    private readonly JournalEnd _synced = SyncedMark.Read(disk, folder) ?? default;

    /// <summary>Reads all records; those before a position are checked by their heads only and not handed on.</summary>
    /// <param name="from">First position to hand on.</param>
    /// <param name="handle">Takes the records in order.</param>
    /// <exception cref="DamagedFileException">A record that had been durable does not verify.</exception>
    public JournalEnd Read(long from, JournalRecordHandler handle)
    {
        var segments = JournalSegment.List(folder);
        if (segments.Count > 0 && IsUnbegun(segments[^1].Path))
            segments.RemoveAt(segments.Count - 1);
        // Segments wholly before the position are not needed: the next one's head carries the chain.
        var first = Math.Max(0, segments.FindLastIndex(s => s.FirstPosition <= from));
        var end = new JournalEnd(0, default);
        for (var i = first; i < segments.Count; i++)
        {
            using var file = disk.Open(segments[i].Path, create: false);
            var (segment, offset) = ReadHead(file, segments[i].FirstPosition, i == first ? null : end);
            end = new JournalEnd(segment.FirstPosition - 1, segment.ChainBefore);
            end = ReadRecords(file, offset, segment, end, from, handle, i == segments.Count - 1 ? null : segments[i + 1].FirstPosition);
        }
        if (_synced.Position > end.Position || (_synced.Position == end.Position && _synced.Chain != end.Chain))
            throw new DamagedFileException(
                segments.Count == 0 ? folder : segments[^1].Path, 0, $"a journal that ends at position {end.Position} with chain {end.Chain}",
                $"one that reaches position {_synced.Position} with chain {_synced.Chain}, which had been synced as journal/synced says; restore what is missing from a backup");
        disk.SyncFolder(folder);
        return end;
    }

    /// <summary>Whether a crash came before the segment's first record: the head is synced, with the file's name, before that is written.</summary>
    private bool IsUnbegun(string path)
    {
        using var file = disk.OpenRead(path);
        var bytes = new byte[file.Length];
        file.Read(bytes, 0);
        return JournalSegment.TryRead(bytes) is null && bytes.AsSpan().IndexOf(JournalRecord.MagicBytes) < 0;
    }

    private static (JournalSegment Segment, int Length) ReadHead(DiskFile file, long named, JournalEnd? expected)
    {
        var bytes = new byte[(int)Math.Min(file.Length, JournalSegment.MaxHeadBytes)];
        file.Read(bytes, 0);
        if (JournalSegment.TryRead(bytes) is not { } head)
            throw new DamagedFileException(file.Path, 0, "a segment head that does not verify", "VMOJRNL1 with its BLAKE3");
        if (head.Segment.FirstPosition != named)
            throw new DamagedFileException(file.Path, 8, $"a segment from position {head.Segment.FirstPosition}", $"position {named}, as its name says");
        if (expected is { } end && (head.Segment.FirstPosition != end.Position + 1 || head.Segment.ChainBefore != end.Chain))
            throw new DamagedFileException(
                file.Path, 8, $"a segment from position {head.Segment.FirstPosition} after chain {head.Segment.ChainBefore}",
                $"one from position {end.Position + 1} after chain {end.Chain}; a segment is missing or was exchanged");
        return head;
    }

    private JournalEnd ReadRecords(
        DiskFile file, long offset, JournalSegment segment, JournalEnd end, long from, JournalRecordHandler handle, long? nextSegment)
    {
        var body = new byte[64 * 1024];
        var unproven = new Queue<(long Position, long Offset)>();
        // A segment that the disk refused may go on behind the place where the next one begins: nothing of that was acknowledged.
        while (nextSegment != end.Position + 1)
        {
            if (!TryReadRecord(file, offset, end, ref body, out var record, out var chain))
            {
                Explain(file, offset, end, nextSegment);
                break;
            }
            if (record.Position >= from)
                handle(record, chain, segment.Rules, body.AsMemory(0, record.BodyLength));
            unproven.Enqueue((record.Position, offset));
            while (unproven.TryPeek(out var oldest) && oldest.Position <= Math.Max(record.SyncedThrough, _synced.Position))
                unproven.Dequeue();
            end = new JournalEnd(record.Position, chain);
            offset += JournalRecord.HeadBytes + record.BodyLength;
        }
        if (nextSegment is null)
            MakeDurable(file, unproven.TryPeek(out var first) ? first.Offset : offset, offset);
        return end;
    }

    private bool TryReadRecord(DiskFile file, long offset, in JournalEnd end, ref byte[] body, out JournalRecord record, out Digest chain)
    {
        (record, chain) = (default, default);
        if (file.Read(_head, offset) != JournalRecord.HeadBytes
            || !JournalRecord.TryRead(_head, end.Chain, out record, out chain)
            || record.Position != end.Position + 1
            || offset + JournalRecord.HeadBytes + record.BodyLength > file.Length)
            return false;
        if (body.Length < record.BodyLength)
            body = new byte[record.BodyLength];
        var bytes = body.AsSpan(0, record.BodyLength);
        return file.Read(bytes, offset + JournalRecord.HeadBytes) == bytes.Length && Blake3.Hash(bytes) == record.BodyDigest;
    }

    /// <summary>No good record follows: the journal ends here, or what had been durable is damaged.</summary>
    private void Explain(DiskFile file, long offset, in JournalEnd end, long? nextSegment)
    {
        var position = end.Position + 1;
        if (nextSegment is { } next)
            throw new DamagedFileException(file.Path, offset, $"no good record {position}", $"records through {next - 1}, where the next segment begins");
        if (_synced.Position >= position)
            throw new DamagedFileException(
                file.Path, offset, $"no good record {position}", $"records through {_synced.Position}, which had been synced as journal/synced says; restore the file from a backup");
        if (WasDurable(file, offset, position))
            throw new DamagedFileException(file.Path, offset, $"a record {position} that does not verify", "the record that later ones say had been synced; restore the file from a backup");
    }

    /// <summary>What was just replayed may be in the page cache only, and clean there when a sync of it had failed: it is written once more
    /// and synced, so that nothing that builds on it outlives it.</summary>
    private static void MakeDurable(DiskFile file, long from, long to)
    {
        var bytes = new byte[1024 * 1024];
        for (int read; from < to; from += read)
        {
            read = file.Read(bytes.AsSpan(0, (int)Math.Min(bytes.Length, to - from)), from);
            file.Write(bytes.AsSpan(0, read), from);
        }
        file.Sync();
    }

    /// <summary>Whether any whole record after a broken one says that it had been on disk.</summary>
    private static bool WasDurable(DiskFile file, long offset, long position)
    {
        var rest = new byte[(int)Math.Min(Math.Max(file.Length - offset, 0), Array.MaxLength)];
        file.Read(rest, offset);
        var span = rest.AsSpan();
        for (var at = 0; at < span.Length;)
        {
            var found = span[at..].IndexOf(JournalRecord.MagicBytes);
            if (found < 0)
                return false;
            at += found;
            if (JournalRecord.TryReadUnchained(span[at..], out var record) && record.Position > position && record.SyncedThrough >= position
                && record.BodyLength <= span.Length - at - JournalRecord.HeadBytes
                && Blake3.Hash(span.Slice(at + JournalRecord.HeadBytes, record.BodyLength)) == record.BodyDigest)
                return true;
            at++;
        }
        return false;
    }
}
