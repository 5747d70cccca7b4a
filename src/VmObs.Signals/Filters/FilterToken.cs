namespace VmObs.Signals.Filters;

/// <summary>A token of a filter.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins in the text.</param>
/// <param name="Length">How long it is there.</param>
/// <param name="Text">A word; a text without quotes and escapes; a comparison's signs.</param>
/// <param name="Number">A number; a duration in nanoseconds; a size in bytes.</param>
internal readonly record struct FilterToken(FilterTokenKind Kind, int Start, int Length, string Text = "", double Number = 0)
{
    /// <summary>Where the next one can begin.</summary>
    public int End => Start + Length;

    /// <summary>Whether it is this keyword, in any case.</summary>
    public bool Is(string keyword) => Kind == FilterTokenKind.Word && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);
}
