namespace VmObs.Signals.Filters;

/// <summary>Why a filter could not be read: the caller's fault.</summary>
/// <param name="Column">Where, in characters from 1.</param>
/// <param name="Got">What stands there.</param>
/// <param name="Wanted">What can stand there.</param>
/// <param name="Suggestion">What was probably meant; null when that is not clear.</param>
public sealed record FilterError(int Column, string Got, string Wanted, string? Suggestion = null)
{
    /// <summary>One line for a person.</summary>
    public override string ToString() => $"column {Column}: got {Got}, want {Wanted}{(Suggestion is null ? "" : $"; did you mean {Suggestion}?")}";
}
