using System.Text;

namespace VmObs.Signals.Filters;

/// <summary>Compares with a text: by time where both are RFC 3339 times and an order is asked for, else byte by byte.</summary>
internal sealed class TextTest(Comparison comparison, string wanted) : FilterTest
{
    private const int LongestTime = 40;

    private readonly byte[] _wanted = Encoding.UTF8.GetBytes(wanted);
    private readonly long? _time = comparison != Comparison.Equal && Rfc3339.TryParse(wanted, out var time) ? time : null;

    internal override string? RequiredText => comparison == Comparison.Equal ? wanted : null;

    public override bool Accepts(in FilterValue value)
    {
        // A number or truth value equals the text that spells it, as in attributes, where senders mix the two.
        if (value.Kind is FilterValueKind.Null or FilterValueKind.Composite || (value.Kind != FilterValueKind.Text && comparison != Comparison.Equal))
            return false;
        if (comparison == Comparison.Equal)
            return value.Utf8.SequenceEqual(_wanted);
        return _time is { } wantedTime && TryReadTime(value.Utf8, out var time)
            ? comparison.Holds(time.CompareTo(wantedTime))
            : comparison.Holds(value.Utf8.SequenceCompareTo(_wanted));
    }

    private static bool TryReadTime(ReadOnlySpan<byte> utf8, out long unixNanos)
    {
        unixNanos = 0;
        Span<char> text = stackalloc char[LongestTime];
        return utf8.Length <= LongestTime && Rfc3339.TryParse(text[..Encoding.UTF8.GetChars(utf8, text)], out unixNanos);
    }
}
