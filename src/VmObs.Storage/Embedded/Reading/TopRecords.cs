using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Keeps the first so many records in the order asked for, by time and id, whatever order they are found in.</summary>
/// <remarks>Thread-safe: the blocks of an hour are read on several threads. What it holds is charged to the budget; what is taken stays charged, to be
/// released by whoever took it.</remarks>
internal sealed class TopRecords(bool newestFirst, int room, QueryBudget budget) : ILogLineSink
{
    // What a record costs beside its document: the array's head, the queue's nodes.
    private const int RecordBytes = 96;

    private readonly Lock _lock = new();
    // The record that would be dropped first is at the head.
    private readonly PriorityQueue<LogRecord, LogRecord> _records = new(new LastFirst(newestFirst));
    // The last record's time once there is no room; until then one that every record passes.
    private long _lastTime = newestFirst ? long.MinValue : long.MaxValue;
    private int _room = room;
    private long _heldBytes;

    /// <summary>Bytes that it holds.</summary>
    public long HeldBytes => Interlocked.Read(ref _heldBytes);

    /// <summary>What a record costs while it is held.</summary>
    public static long CostOf(in LogRecord record) => record.Json.Length + RecordBytes;

    /// <inheritdoc/>
    public bool MayTake(long timestampUnixNanos) =>
        newestFirst ? timestampUnixNanos >= Volatile.Read(ref _lastTime) : timestampUnixNanos <= Volatile.Read(ref _lastTime);

    /// <summary>Takes a record if it belongs to the first so many.</summary>
    public void Take(in LogLineHead head, ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            if (_records.Count == _room)
            {
                if (_room == 0 || !ComesBefore(head, _records.Peek()))
                    return;
                Charge(-CostOf(_records.Dequeue()));
            }
            var record = new LogRecord(head.TimestampUnixNanos, head.Level, line.ToArray());
            _records.Enqueue(record, record);
            Charge(CostOf(record));
            if (_records.Count == _room)
                Volatile.Write(ref _lastTime, _records.Peek().TimestampUnixNanos);
        }
    }

    /// <summary>Takes out, in order, the records that come before all of a time and behind it; there is less room then.</summary>
    public List<LogRecord> TakeBefore(long timestampUnixNanos) =>
        TakeWhile(record => newestFirst ? record.TimestampUnixNanos > timestampUnixNanos : record.TimestampUnixNanos < timestampUnixNanos);

    /// <summary>Takes out all records, in order.</summary>
    public List<LogRecord> TakeAll() => TakeWhile(static _ => true);

    private List<LogRecord> TakeWhile(Func<LogRecord, bool> isFinal)
    {
        lock (_lock)
        {
            var records = new List<LogRecord>(_records.Count);
            while (_records.TryDequeue(out var record, out _))
                records.Add(record);
            records.Reverse();
            var final = records.FindIndex(record => !isFinal(record));
            if (final >= 0)
            {
                _records.EnqueueRange(records.Skip(final).Select(record => (record, record)));
                records.RemoveRange(final, records.Count - final);
            }
            _room -= records.Count;
            foreach (var record in records)
                Interlocked.Add(ref _heldBytes, -CostOf(record));
            return records;
        }
    }

    private void Charge(long bytes)
    {
        Interlocked.Add(ref _heldBytes, bytes);
        if (bytes > 0)
            budget.Hold(bytes);
        else
            budget.Release(-bytes);
    }

    private bool ComesBefore(in LogLineHead head, in LogRecord record)
    {
        var order = head.TimestampUnixNanos.CompareTo(record.TimestampUnixNanos);
        if (order == 0)
            order = head.Id.SequenceCompareTo(LogPosition.IdOf(record.Json).Span);
        return newestFirst ? order > 0 : order < 0;
    }

    private sealed class LastFirst(bool newestFirst) : IComparer<LogRecord>
    {
        public int Compare(LogRecord x, LogRecord y)
        {
            var order = x.TimestampUnixNanos.CompareTo(y.TimestampUnixNanos);
            if (order == 0)
                order = LogPosition.IdOf(x.Json).Span.SequenceCompareTo(LogPosition.IdOf(y.Json).Span);
            return newestFirst ? order : -order;
        }
    }
}
