using VmObs.Signals;

namespace VmObs.Storage.Embedded.Head;

/// <summary>The decided traces of all hours that are not in a run yet, a part an hour.</summary>
/// <remarks>Owned by the signal's applier; readers hold the trace store's lock.</remarks>
internal sealed class TraceMemtable
{
    private readonly Dictionary<HourId, TracePart> _parts = [];
    private readonly List<CompletedTrace> _receipts = [];
    private readonly ByteArena _spans = new();
    private long _lastPosition;

    /// <summary>Bytes that it holds.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>The journal's first record with spans of it; the largest number when there is none.</summary>
    public long FirstPosition { get; private set; } = long.MaxValue;

    /// <summary>Whether it holds traces of an hour.</summary>
    public bool Holds(HourId hour) => _parts.ContainsKey(hour);

    /// <summary>Adds a decided trace to its hour.</summary>
    public void Add(SpillingHour<TracePart> hour, DecidedTrace trace, PendingTrace pending, long arrivalUnixNanos)
    {
        if (!_parts.TryGetValue(hour.Name.Hour, out var part))
        {
            part = new TracePart(hour, pending.FirstPosition, arrivalUnixNanos);
            _parts.Add(hour.Name.Hour, part);
            hour.Add(part);
        }
        part.Add(trace, pending, arrivalUnixNanos);
        FirstPosition = Math.Min(FirstPosition, pending.FirstPosition);
        _lastPosition = Math.Max(_lastPosition, trace.Key.Decision);
        ReservedBytes += pending.ReservedBytes;
    }

    /// <summary>Copies spans to where no other ones lie but the memtable's: a few that are kept would hold the memory of many that are not.</summary>
    public ReadOnlyMemory<byte>[] Copy(IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        var copies = new ReadOnlyMemory<byte>[spans.Count];
        for (var i = 0; i < copies.Length; i++)
            copies[i] = _spans.Add(spans[i].Span);
        return copies;
    }

    /// <summary>Notes receipts that the ledger refused; they are written before the run is.</summary>
    public void Owe(IEnumerable<CompletedTrace> receipts) => _receipts.AddRange(receipts);

    /// <summary>What goes into a run; nothing may be added after it.</summary>
    public FrozenMemtable Freeze() => new(FirstPosition, _lastPosition, ReservedBytes, [.. _parts.Values], [.. _receipts]);
}
