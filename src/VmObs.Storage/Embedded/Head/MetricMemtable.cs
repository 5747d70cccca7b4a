using System.Text;
using VmObs.Signals;
using VmObs.Signals.Metrics;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Head;

/// <summary>The samples of all hours that are not in a run yet: one table of series, and a part an hour.</summary>
/// <remarks>Owned by the signal's applier; readers reach its parts through their hours.</remarks>
internal sealed class MetricMemtable
{
    // Beside its key a series costs its entry, its slots and its description.
    private const int SeriesOverheadBytes = 96;

    private static long s_tables;

    // What series remember their number by; a reference would keep the table alive.
    private readonly long _id = Interlocked.Increment(ref s_tables);
    private readonly Dictionary<HourId, MetricPart> _parts = [];
    private readonly List<MetricPart> _touched = [];
    private MetricDescription[] _descriptions = new MetricDescription[32];
    private long _firstPosition = long.MaxValue;
    private long _lastPosition;

    /// <summary>The series.</summary>
    public LabelTable Series { get; } = new();

    /// <summary>What the series mean, by number.</summary>
    public MetricDescription[] Descriptions => _descriptions;

    /// <summary>Bytes that it holds.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>The journal's first record in it; the largest number when there is none.</summary>
    public long FirstPosition => _firstPosition;

    /// <summary>Whether it holds samples of an hour.</summary>
    public bool Holds(HourId hour) => _parts.ContainsKey(hour);

    /// <summary>The number of a series.</summary>
    public int SeriesNumber(InternedSeries series, MetricKind kind, ReadOnlySpan<byte> unit)
    {
        if (series.MemoTable == _id)
            return series.MemoNumber;
        var known = Series.Count;
        var number = Series.GetOrAdd(series.Key, series.Hash);
        (series.MemoTable, series.MemoNumber) = (_id, number);
        if (number < known)
            return number;
        if (number == _descriptions.Length)
            Array.Resize(ref _descriptions, number * 2);
        _descriptions[number] = new MetricDescription(kind, unit.IsEmpty ? "" : Encoding.UTF8.GetString(unit));
        ReservedBytes += series.Key.Length + SeriesOverheadBytes;
        return number;
    }

    /// <summary>The part that takes samples of an hour, for a record of the journal.</summary>
    public MetricPart Part(SpillingHour<MetricPart> hour, long position, long arrivalUnixNanos)
    {
        if (!_parts.TryGetValue(hour.Name.Hour, out var part))
        {
            part = new MetricPart(hour, position, arrivalUnixNanos);
            _parts.Add(hour.Name.Hour, part);
            hour.Add(part);
        }
        if (part.TouchedBy != position)
        {
            part.TouchedBy = position;
            _touched.Add(part);
        }
        return part;
    }

    /// <summary>Shows readers what one record of the journal added.</summary>
    /// <param name="position">The record's.</param>
    /// <param name="arrivalUnixNanos">When it arrived.</param>
    /// <param name="addedBytes">What its samples cost, beside their series.</param>
    public void Publish(long position, long arrivalUnixNanos, long addedBytes)
    {
        foreach (var part in _touched)
        {
            part.Publish(position, arrivalUnixNanos, this);
            part.Hour.Arrived(position, arrivalUnixNanos);
        }
        _touched.Clear();
        ReservedBytes += addedBytes;
        _firstPosition = Math.Min(_firstPosition, position);
        _lastPosition = position;
    }

    /// <summary>What goes into a run; nothing may be added after it.</summary>
    public FrozenMemtable Freeze() => new(_firstPosition, _lastPosition, ReservedBytes, [.. _parts.Values], []);
}
