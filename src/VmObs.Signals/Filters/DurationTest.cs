using System.Text;
using VmObs.Signals.Texts;

namespace VmObs.Signals.Filters;

/// <summary>Compares with a duration: numbers in the unit that the path's name says, texts as durations are written.</summary>
/// <param name="comparison">What is asked.</param>
/// <param name="wantedNanos">The duration.</param>
/// <param name="unitNanos">Nanoseconds of a number's unit; 0 where only texts are durations.</param>
internal sealed class DurationTest(Comparison comparison, long wantedNanos, double unitNanos) : FilterTest
{
    private const int LongestText = 64;

    public override bool Accepts(in FilterValue value)
    {
        if (unitNanos > 0 && value.TryGetNumber(out var number))
            return comparison.Holds(number * unitNanos, wantedNanos);
        if (value.Kind != FilterValueKind.Text || value.Utf8.Length > LongestText)
            return false;
        Span<char> text = stackalloc char[LongestText];
        return DurationText.TryParse(text[..Encoding.UTF8.GetChars(value.Utf8, text)], out var nanos) && comparison.Holds(nanos.CompareTo(wantedNanos));
    }
}
