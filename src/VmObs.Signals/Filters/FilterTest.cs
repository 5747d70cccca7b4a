namespace VmObs.Signals.Filters;

/// <summary>What a filter asks of one value.</summary>
public abstract class FilterTest
{
    /// <summary>Whether the value passes.</summary>
    public abstract bool Accepts(in FilterValue value);

    /// <summary>The text that a value must be to pass, as far as that can be said; else null.</summary>
    internal virtual string? RequiredText => null;
}
