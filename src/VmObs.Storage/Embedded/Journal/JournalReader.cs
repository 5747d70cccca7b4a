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

    /// <summary>Reads all records; those before a position are checked by their heads only and not handed on.</summary>
    /// <param name="from">First position to hand on.</param>
    /// <param name="handle">Takes the records in order.</param>
    /// <exception cref="DamagedFileException">A record that had been durable does not verify.</exception>
    public JournalEnd Read(long from, JournalRecordHandler handle)
    {
        var segments = JournalSegment.List(folder);
        // Segments wholly before the position are not needed: the next one's head carries the chain.
        var first = Math.Max(0, segments.FindLastIndex(s => s.FirstPosition <= from));
        var end = new JournalEnd(0, default);
        for (var i = first; i < segments.Count; i++)
        {
            using var file = disk.Open(segments[i].Path, create: false);
            var last = i == segments.Count - 1;
            var (segment, offset) = ReadHead(file, i == first ? null : end, last);
            if (segment is null)
                break;
            end = new JournalEnd(segment.FirstPosition - 1, segment.ChainBefore);
            end = ReadRecords(file, offset, segment, end, from, handle, last ? null : segments[i + 1].FirstPosition);
            // What was just replayed may be in the page cache only; what builds on it must not outlive it.
            if (last)
                file.Sync();
        }
        return end;
    }

    private static (JournalSegment? Segment, int Length) ReadHead(DiskFile file, JournalEnd? expected, bool last)
    {
        var bytes = new byte[(int)Math.Min(file.Length, 64 * 1024)];
        file.Read(bytes, 0);
        if (JournalSegment.TryRead(bytes) is not { } head)
        {
            // The head is synced before the first record is written, so only a segment without records can be torn.
            if (last && bytes.AsSpan().IndexOf(JournalRecord.MagicBytes) < 0)
                return (null, 0);
            throw new DamagedFileException(file.Path, 0, "a segment head that does not verify", "VMOJRNL1 with its BLAKE3");
        }
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
        // A segment that the disk refused may go on behind the place where the next one begins: nothing of that was acknowledged.
        while (nextSegment != end.Position + 1)
        {
            if (file.Read(_head, offset) == JournalRecord.HeadBytes
                && JournalRecord.TryRead(_head, end.Chain, out var record, out var chain)
                && record.Position == end.Position + 1
                && offset + JournalRecord.HeadBytes + record.BodyLength <= file.Length)
            {
                if (body.Length < record.BodyLength)
                    body = new byte[record.BodyLength];
                var bytes = body.AsMemory(0, record.BodyLength);
                file.Read(bytes.Span, offset + JournalRecord.HeadBytes);
                if (Blake3.Hash(bytes.Span) == record.BodyDigest)
                {
                    if (record.Position >= from)
                        handle(record, chain, segment.Rules, bytes);
                    end = new JournalEnd(record.Position, chain);
                    offset += JournalRecord.HeadBytes + record.BodyLength;
                    continue;
                }
            }
            if (nextSegment is { } next)
                throw new DamagedFileException(file.Path, offset, $"no good record {end.Position + 1}", $"records through {next - 1}, where the next segment begins");
            if (nextSegment is null && WasDurable(file, offset, end.Position + 1))
                throw new DamagedFileException(file.Path, offset, $"a record {end.Position + 1} that does not verify", "the record that later ones say had been synced");
            return end;
        }
        return end;
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
