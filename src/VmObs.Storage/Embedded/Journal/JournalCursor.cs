using VmObs.Ledger.Hashing;
using VmObs.Signals.Wire;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>Walks over the records that are kept of a journal, in order, without writing; an engine may be at work on it.</summary>
/// <remarks>
/// All segments are opened at once: what the engine deletes meanwhile is read to its end. A record counts when its chain follows the one before. Where
/// none follows, the journal ends (<see cref="End"/>) or is damaged: within a segment that another one continues it is (<see cref="Damage"/>), behind
/// all of them only who knows how far the journal should reach can tell. Not thread-safe.
/// </remarks>
internal sealed class JournalCursor : IDisposable
{
    private readonly List<(DiskFile File, long FirstPosition)> _segments = [];
    private readonly byte[] _head = new byte[JournalRecord.HeadBytes];
    private byte[] _body = [];
    private JournalRecord _record;
    private int _segment = -1;
    private long _offset;

    /// <summary>Opens what is kept.</summary>
    /// <param name="disk">Where the files are.</param>
    /// <param name="folder">The journal's folder; need not exist.</param>
    /// <param name="from">Segments wholly before this position are passed over.</param>
    public JournalCursor(DiskFolder disk, string folder, long from)
    {
        var kept = Directory.Exists(folder) ? JournalSegment.List(folder) : [];
        KeptFrom = kept.Count > 0 ? kept[0].FirstPosition : 0;
        foreach (var (path, first) in kept.Skip(Math.Max(0, kept.FindLastIndex(segment => segment.FirstPosition <= from))))
        {
            try
            {
                _segments.Add((disk.OpenRead(path), first));
            }
            catch (FileNotFoundException) when (_segments.Count == 0)
            {
                // The engine deleted it, the oldest first, since the look.
                KeptFrom = 0;
                continue;
            }
            if (KeptFrom == 0)
                KeptFrom = first;
        }
        NextSegment();
    }

    /// <summary>Position of the first record that is kept, or would be; 0 when no segment is.</summary>
    public long KeptFrom { get; private set; }

    /// <summary>The last record that was read, or the place before the first, and the chain there.</summary>
    public JournalEnd End { get; private set; }

    /// <summary>The chain before <see cref="Record"/>.</summary>
    public Digest ChainBefore { get; private set; }

    /// <summary>The record.</summary>
    public ref readonly JournalRecord Record => ref _record;

    /// <summary>Its body, which its head's digest fits; valid until the next move. For <see cref="MoveNextWhole"/> alone.</summary>
    public ReadOnlyMemory<byte> Body => _body.AsMemory(0, _record.BodyLength);

    /// <summary>The rules that it was decoded by.</summary>
    public IngestRules Rules { get; private set; } = IngestRules.Unrecorded;

    /// <summary>The segment's file name.</summary>
    public string Segment => Path.GetFileName(_segments[_segment].File.Path);

    /// <summary>What is wrong with the journal where the walk ended, one line; null where nothing is known to be.</summary>
    public string? Damage { get; private set; }

    /// <summary>Moves to the next record, by its head alone: the chain commits to the body's digest.</summary>
    public bool MoveNext() => Move(whole: false);

    /// <summary>Moves to the next record and reads its body.</summary>
    public bool MoveNextWhole() => Move(whole: true);

    /// <summary>Goes back to the beginning, of the same segments.</summary>
    public void Rewind()
    {
        (_segment, Damage) = (-1, null);
        NextSegment();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (file, _) in _segments)
            file.Dispose();
    }

    private bool Move(bool whole)
    {
        while (_segment >= 0 && Damage is null)
        {
            long? next = _segment + 1 < _segments.Count ? _segments[_segment + 1].FirstPosition : null;
            // A segment that the disk refused may go on behind the place where the next one begins: nothing of that was acknowledged.
            if (next != End.Position + 1)
            {
                if (TryReadRecord(whole))
                    return true;
                if (next is { } begins && !IsUnbegun(_segment + 1))
                    Damage = $"journal/{Segment}: at byte {_offset}: found no good record {End.Position + 1}, expected records through {begins - 1}, where the next segment begins";
                return false;
            }
            if (!NextSegment())
                return false;
        }
        return false;
    }

    private bool TryReadRecord(bool whole)
    {
        var file = _segments[_segment].File;
        if (file.Read(_head, _offset) != JournalRecord.HeadBytes || !JournalRecord.TryRead(_head, End.Chain, out var record, out var chain)
            || record.Position != End.Position + 1 || _offset + JournalRecord.HeadBytes + record.BodyLength > file.Length)
            return false;
        if (whole && !TryReadBody(file, record))
            return false;
        ChainBefore = End.Chain;
        _record = record;
        End = new JournalEnd(record.Position, chain);
        _offset += JournalRecord.HeadBytes + record.BodyLength;
        return true;
    }

    private bool TryReadBody(DiskFile file, in JournalRecord record)
    {
        if (_body.Length < record.BodyLength)
            _body = new byte[Math.Max(record.BodyLength, 64 * 1024)];
        var bytes = _body.AsSpan(0, record.BodyLength);
        return file.Read(bytes, _offset + JournalRecord.HeadBytes) == bytes.Length && Blake3.Hash(bytes) == record.BodyDigest;
    }

    private bool NextSegment()
    {
        if (_segment + 1 >= _segments.Count)
            return false;
        var (file, named) = _segments[_segment + 1];
        var bytes = new byte[(int)Math.Min(file.Length, JournalSegment.MaxHeadBytes)];
        file.Read(bytes, 0);
        if (JournalSegment.TryRead(bytes) is not var (segment, length))
        {
            if (!IsUnbegun(_segment + 1))
                Damage = $"journal/{Path.GetFileName(file.Path)}: found a segment head that does not verify, expected VMOJRNL1 with its BLAKE3";
            return false;
        }
        var isFirst = _segment < 0;
        if (segment.FirstPosition != named || (!isFirst && segment.ChainBefore != End.Chain))
        {
            Damage = $"journal/{Path.GetFileName(file.Path)}: found a segment from position {segment.FirstPosition} after chain {segment.ChainBefore}, expected position {named}{(isFirst ? "" : $" after chain {End.Chain}")}; a segment is missing or was exchanged";
            return false;
        }
        _segment++;
        _offset = length;
        Rules = segment.Rules;
        if (isFirst)
            End = new JournalEnd(segment.FirstPosition - 1, segment.ChainBefore);
        return true;
    }

    /// <summary>Whether it is the last segment, and one of which a crash, or a reader that comes between, sees no record: the head is synced first.</summary>
    private bool IsUnbegun(int segment)
    {
        if (segment != _segments.Count - 1)
            return false;
        var file = _segments[segment].File;
        var bytes = new byte[(int)Math.Min(file.Length, Array.MaxLength)];
        file.Read(bytes, 0);
        return JournalSegment.TryRead(bytes) is null && bytes.AsSpan().IndexOf(JournalRecord.MagicBytes) < 0;
    }
}
