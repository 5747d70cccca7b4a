using System.IO.Hashing;

namespace VmObs.Signals.Metrics;

/// <summary>Finds the series of labels that came before, so that they are neither sorted nor copied again.</summary>
/// <remarks>Thread-safe; a look-up takes no lock. What it answers follows from the bytes alone, so decoding stays a pure function.</remarks>
internal sealed class SeriesInterner
{
    /// <summary>What one generation of each of the two tables may hold, bytes: over a hundred thousand series of ordinary length.</summary>
    private const long MaxBytes = 64L * 1024 * 1024;

    private readonly SeriesTable _wire = new(MaxBytes);
    private readonly SeriesTable _keys = new(MaxBytes);

    /// <summary>The entry that followed another one in the last request, when these bytes begin with its bytes; null when they do not.</summary>
    public SeriesEntry? FollowerOf(SeriesEntry? last, ReadOnlySpan<byte> wire) => _wire.FollowerOf(last, wire);

    /// <summary>The series whose labels came in these bytes of a wire format before; null when none did.</summary>
    public SeriesEntry? FindWire(ReadOnlySpan<byte> wire) => _wire.Find(wire, XxHash3.HashToUInt64(wire));

    /// <summary>Notes what labels in a wire format mean.</summary>
    public SeriesEntry AddWire(ReadOnlySpan<byte> wire, InternedSeries series) => _wire.GetOrAdd(wire.ToArray(), XxHash3.HashToUInt64(wire), series);

    /// <summary>The series of a canonical label set.</summary>
    public InternedSeries Intern(ReadOnlySpan<byte> key)
    {
        var hash = XxHash3.HashToUInt64(key);
        if (_keys.Find(key, hash) is { } known)
            return known.Series;
        var bytes = key.ToArray();
        return _keys.GetOrAdd(bytes, hash, new InternedSeries(bytes, hash)).Series;
    }
}
