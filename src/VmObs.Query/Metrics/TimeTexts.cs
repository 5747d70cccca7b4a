using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace VmObs.Query.Metrics;

/// <summary>Texts of times that were written before: the series of a target share theirs, so that a time's digits are seldom worked out twice.</summary>
/// <remarks>Not thread-safe. Of two times that meet in one place the later written stays. Bounded by <see cref="Places"/>: 160 KiB. Paid for by <c>VmObs.Bench query</c>, "export of all".</remarks>
internal sealed class TimeTexts
{
    /// <summary>What a writer leaves free for a text; it may be overwritten beyond the text's end.</summary>
    public const int PlaceBytes = 32;

    // Seventeen hours at four samples a minute.
    private const int PlacesLog2 = 12, Places = 1 << PlacesLog2;

    // Knuth, The Art of Computer Programming 3, 6.4: 2^64 by the golden ratio; steps that are even spread evenly.
    private const ulong Spread = 0x9E3779B97F4A7C15;

    private readonly long[] _times = new long[Places];
    private readonly TimeText[] _texts = new TimeText[Places];

    /// <summary>Writes a time as the format has it.</summary>
    /// <param name="space">At least <see cref="PlaceBytes"/>.</param>
    /// <param name="unixNanos">The time.</param>
    /// <returns>How many bytes the text has.</returns>
    public int Write(Span<byte> space, long unixNanos)
    {
        var place = (int)(((ulong)unixNanos * Spread) >> (64 - PlacesLog2));
        ref var text = ref _texts[place];
        // A place is empty until its text has a length.
        if (_times[place] != unixNanos || text[PlaceBytes - 1] == 0)
        {
            text[PlaceBytes - 1] = (byte)OpenMetricsText.WriteTime(text, unixNanos);
            _times[place] = unixNanos;
        }
        // Always as many bytes, which costs less than finding out how many.
        ((ReadOnlySpan<byte>)text).CopyTo(space);
        return text[PlaceBytes - 1];
    }

    /// <summary>The text, at most "-9223372036.854775808", and in the last byte its length.</summary>
    [InlineArray(PlaceBytes)]
    private struct TimeText
    {
        [SuppressMessage("Style", "IDE0044", Justification = "An inline array's one field.")]
        private byte _first;
    }
}
