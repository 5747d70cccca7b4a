using System.Globalization;

namespace VmObs.Signals.Traces;

/// <summary>Where a trace stands among others, newest first: by its start, those that start together by id.</summary>
/// <param name="StartUnixNanos">Start of its earliest span.</param>
/// <param name="Id">The trace.</param>
public readonly record struct TracePlace(long StartUnixNanos, TraceId Id) : IComparable<TracePlace>
{
    /// <summary>Reads what <see cref="ToString"/> wrote; false for any other text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TracePlace place)
    {
        place = default;
        var dot = text.LastIndexOf('.');
        if (dot < 0 || !TraceId.TryParse(text[(dot + 1)..], out var id)
            || !long.TryParse(text[..dot], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var start))
            return false;
        place = new TracePlace(start, id);
        return true;
    }

    /// <summary>The newer one is smaller: it comes first.</summary>
    public int CompareTo(TracePlace other) =>
        StartUnixNanos != other.StartUnixNanos ? other.StartUnixNanos.CompareTo(StartUnixNanos) : Id.CompareTo(other.Id);

    /// <summary>"1765031400000000000.4bf92f3577b34da6a3ce929d0e0e4736".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{StartUnixNanos}.{Id}");

    /// <summary>Whether the left one comes earlier, which is newer.</summary>
    public static bool operator <(TracePlace left, TracePlace right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one comes later, which is older.</summary>
    public static bool operator >(TracePlace left, TracePlace right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one does not come later.</summary>
    public static bool operator <=(TracePlace left, TracePlace right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one does not come earlier.</summary>
    public static bool operator >=(TracePlace left, TracePlace right) => left.CompareTo(right) >= 0;
}
