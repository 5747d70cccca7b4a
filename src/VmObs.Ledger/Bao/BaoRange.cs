namespace VmObs.Ledger.Bao;

/// <summary>What a slice was asked for, and what it therefore holds.</summary>
/// <param name="Start">The first byte that it must hold.</param>
/// <param name="End">Behind the last one; may lie behind the input's end.</param>
/// <param name="IsAsked">Whether any byte of it was asked for: a slice holds a group even where none was.</param>
internal readonly record struct BaoRange(long Start, long End, bool IsAsked)
{
    /// <summary>What a slice of an input holds: no bytes count as one, and a start behind the end as the last byte, which proves the length.</summary>
    public static BaoRange Of(long start, long length, long inputLength)
    {
        var wanted = Math.Max(1, length);
        var end = start <= long.MaxValue - wanted ? start + wanted : long.MaxValue;
        return start < inputLength ? new(start, end, length > 0) : new(Math.Max(0, inputLength - 1), end, false);
    }

    /// <summary>Whether a part of the input is in the slice.</summary>
    public bool Touches(long offset, long length) => offset < End && offset + length > Start;
}
