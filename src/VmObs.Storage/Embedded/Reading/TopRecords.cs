using VmObs.Signals.Logs;
using VmObs.Signals.Ports;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Keeps the first so many records in the order asked for, whatever order they are found in.</summary>
internal sealed class TopRecords(int limit, bool newestFirst)
{
    // The record that would be dropped first is at the head; equal times keep the order in which they were found.
    private readonly PriorityQueue<LogRecord, (long Time, long Found)> _records = new();
    private long _found;

    /// <summary>Takes a record if it belongs to the first so many.</summary>
    public void Offer(long timestampUnixNanos, Level level, ReadOnlySpan<byte> json)
    {
        var priority = (newestFirst ? timestampUnixNanos : -timestampUnixNanos, -_found++);
        if (_records.Count == limit)
        {
            _records.TryPeek(out _, out var last);
            if (priority.CompareTo(last) <= 0)
                return;
            _records.Dequeue();
        }
        _records.Enqueue(new LogRecord(timestampUnixNanos, level, json.ToArray()), priority);
    }

    /// <summary>The records in the order asked for.</summary>
    public List<LogRecord> InOrder()
    {
        var records = new List<LogRecord>(_records.Count);
        while (_records.TryDequeue(out var record, out _))
            records.Add(record);
        records.Reverse();
        return records;
    }
}
