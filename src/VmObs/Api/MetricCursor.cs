using System.Buffers.Binary;
using System.Buffers.Text;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>Where a list of samples goes on: the range that was asked for, and the last sample that was sent.</summary>
/// <param name="FromUnixNanos">The range's beginning: "the last hour" does not move from page to page.</param>
/// <param name="ToUnixNanos">The range's end.</param>
/// <param name="LastUnixNanos">The last sample's time.</param>
/// <param name="OfThatTime">How many samples of that time were sent: more than one where a time came twice.</param>
/// <param name="Key">The last sample's series.</param>
internal sealed record MetricCursor(long FromUnixNanos, long ToUnixNanos, long LastUnixNanos, int OfThatTime, byte[] Key)
{
    private const int FixedBytes = (3 * sizeof(long)) + sizeof(int);

    /// <summary>Reads a cursor; null where it is none.</summary>
    public static MetricCursor? TryParse(string text)
    {
        if (text.AsSpan().ContainsAnyExceptInRange('-', 'z') || !Base64Url.IsValid(text))
            return null;
        var bytes = Base64Url.DecodeFromChars(text);
        return bytes.Length < FixedBytes
            ? null
            : new MetricCursor(
                BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(8)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(24)), bytes[FixedBytes..]);
    }

    /// <summary>The first sample of a series that was not sent.</summary>
    public int FirstLeftOf(SeriesSamples series)
    {
        if (!series.Key.Span.SequenceEqual(Key))
            return 0;
        var times = series.TimestampsUnixNanos.Span;
        var first = 0;
        while (first < times.Length && times[first] < LastUnixNanos)
            first++;
        for (var sent = 0; sent < OfThatTime && first < times.Length && times[first] == LastUnixNanos; sent++)
            first++;
        return first;
    }

    /// <summary>As it is given out.</summary>
    public override string ToString()
    {
        var bytes = new byte[FixedBytes + Key.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, FromUnixNanos);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), ToUnixNanos);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), LastUnixNanos);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), OfThatTime);
        Key.CopyTo(bytes.AsSpan(FixedBytes));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>The cursor behind a sample.</summary>
    public static MetricCursor Behind(MetricQuery query, SeriesSamples series, int sample)
    {
        var times = series.TimestampsUnixNanos.Span;
        var ofThatTime = 1;
        while (sample - ofThatTime >= 0 && times[sample - ofThatTime] == times[sample])
            ofThatTime++;
        return new MetricCursor(query.FromUnixNanos, query.ToUnixNanos, times[sample], ofThatTime, series.Key.ToArray());
    }
}
