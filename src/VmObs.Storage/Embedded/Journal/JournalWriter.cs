using System.Threading.Channels;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Wire;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>Appends records durably, in one order for all signals. Natural batching: while one fdatasync runs, arrivals queue; the next
/// takes them all.</summary>
/// <remarks>
/// One loop owns the file. Entries are handed on in order of position, after their fdatasync. After a refused write or sync that segment is not
/// touched again, because the kernel reports a lost page once and then forgets it: the next group begins a new segment at the position after the
/// last synced record, and a reader takes of the old one only what comes before that position. The first try is made at once, later ones after
/// growing pauses; requests that come meanwhile are refused.
/// </remarks>
internal sealed class JournalWriter : IAsyncDisposable
{
    /// <summary>What lies further back than so many segments should be on disk elsewhere: bounds what a restart replays.</summary>
    public const int ReplaySegments = 8;

    /// <summary>One group commit takes at most this much, bytes: bounds the staging buffer and the time to the first acknowledgement.</summary>
    private const int GroupBytes = 8 * 1024 * 1024;

    private readonly Channel<JournalEntry> _queue = Channel.CreateUnbounded<JournalEntry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly DiskFolder _disk;
    private readonly string _folder;
    private readonly IngestRules _rules;
    private readonly TimeProvider _time;
    private readonly Action<JournalEntry> _durable;
    private readonly PooledBuffer _staging = new(64 * 1024);
    private readonly Task _loop;
    private readonly Queue<long> _replaySegments = new();
    private readonly SyncedMark _mark;
    private readonly RetryPause _pause;
    private readonly long _segmentBytes;
    private long _spillBefore;
    private DiskFile? _file;
    private long _offset;
    private long _position;
    private long _syncedThrough;
    private long _handedOnThrough;
    private Digest _chain;
    private Digest _syncedChain;
    private IOException? _refusal;
    private volatile DurableJournal _head;

    /// <summary>Continues a journal after its last good record.</summary>
    /// <param name="disk">Where the files are.</param>
    /// <param name="folder">The journal's folder; exists.</param>
    /// <param name="end">Last position and chain that recovery found; the journal goes on in a new segment.</param>
    /// <param name="options">The rules that requests are decoded by from now on, and the size of segments.</param>
    /// <param name="time">The clock for segments' heads.</param>
    /// <param name="durable">Takes each entry once it is on disk, in order of position; must not block.</param>
    public JournalWriter(DiskFolder disk, string folder, JournalEnd end, StoreOptions options, TimeProvider time, Action<JournalEntry> durable)
    {
        _disk = disk;
        _folder = folder;
        _rules = options.Rules;
        _segmentBytes = options.JournalSegmentBytes;
        _mark = new SyncedMark(disk, folder);
        _pause = new RetryPause(time);
        _time = time;
        _durable = durable;
        _position = _syncedThrough = _handedOnThrough = end.Position;
        _chain = _syncedChain = end.Chain;
        _head = new DurableJournal(end.Position, end.Chain);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>The last record on disk, and the chain after it.</summary>
    public DurableJournal Head => _head;

    /// <summary>Position of the last record that is durable and handed on.</summary>
    public long HandedOnThrough => Volatile.Read(ref _handedOnThrough);

    /// <summary>Position before which nothing should be in memory alone (<see cref="ReplaySegments"/>).</summary>
    public long SpillBefore => Volatile.Read(ref _spillBefore);

    /// <summary>Queues an entry; it is durable and applied when <see cref="JournalEntry.Applied"/> completes.</summary>
    public void Append(JournalEntry entry)
    {
        if (!_queue.Writer.TryWrite(entry))
            entry.Fail(new IOException("journal: closed, the engine is stopping"));
    }

    /// <summary>Makes durable what is queued, then closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        _file?.Dispose();
        _mark.Dispose();
        _staging.Dispose();
    }

    private async Task RunAsync()
    {
        var group = new List<JournalEntry>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            var bytes = 0;
            while (bytes < GroupBytes && _queue.Reader.TryRead(out var entry))
            {
                group.Add(entry);
                bytes += JournalRecord.HeadBytes + entry.Request.Body.Length;
            }
            Commit(group);
        }
    }

    private void Commit(List<JournalEntry> group)
    {
        if (_pause.Left is { Ticks: > 0 } left)
        {
            Fail(group, new IOException($"journal: the disk refused the last write and is left alone for {left.TotalSeconds:0.##} s more: {_refusal?.Message}", _refusal));
            return;
        }
        try
        {
            var file = CurrentSegment();
            _staging.Clear();
            foreach (var entry in group)
                Stage(entry);
            file.Write(_staging.WrittenSpan, _offset);
            _offset += _staging.Length;
            file.Sync();
            (_syncedThrough, _syncedChain) = (_position, _chain);
            _head = new DurableJournal(_position, _chain);
            _refusal = null;
        }
        catch (IOException error)
        {
            _file?.Dispose();
            _file = null;
            (_position, _chain) = (_syncedThrough, _syncedChain);
            _pause.Refused(again: _refusal is not null);
            _refusal = error;
            Fail(group, new IOException($"journal: the disk refused the write, nothing of the request is acknowledged: {error.Message}", error));
            return;
        }
        _mark.Write(_position, _chain);
        foreach (var entry in group)
            _durable(entry);
        Volatile.Write(ref _handedOnThrough, _position);
    }

    private static void Fail(List<JournalEntry> group, IOException error)
    {
        foreach (var entry in group)
            entry.Fail(error);
    }

    private void Stage(JournalEntry entry)
    {
        var request = entry.Request;
        entry.Position = ++_position;
        var record = new JournalRecord(
            entry.Kind, request.Signal, request.Format, request.Coding, request.Body.Length, entry.Position, _syncedThrough,
            request.ArrivalUnixNanos, entry.BodyDigest) { NodeBytes = request.NodeBytes };
        _chain = record.Write(_staging.GetSpan(JournalRecord.HeadBytes), _chain);
        _staging.Advance(JournalRecord.HeadBytes);
        _staging.Write(request.Body.Span);
        entry.Chain = _chain;
    }

    private DiskFile CurrentSegment()
    {
        if (_file is not null && _offset < _segmentBytes)
            return _file;
        _file?.Dispose();
        var segment = new JournalSegment(_position + 1, _chain, _time.GetUtcNow().ToUnixNanos(), _rules);
        var path = Path.Combine(_folder, JournalSegment.FileName(segment.FirstPosition));
        // A segment that a crash left without a single good record bears the same name; recovery has read past it.
        _disk.Delete(path);
        var head = segment.ToBytes();
        _file = _disk.Open(path, create: true);
        _file.Write(head, 0);
        _file.Sync();
        _disk.SyncFolder(_folder);
        _offset = head.Length;
        _replaySegments.Enqueue(segment.FirstPosition);
        if (_replaySegments.Count > ReplaySegments)
            _replaySegments.Dequeue();
        Volatile.Write(ref _spillBefore, _replaySegments.Peek());
        return _file;
    }
}
