using VmObs.Signals.Filters;

namespace VmObs.Storage.Embedded.Sampling;

/// <summary>Which share of the traces that a condition matches is kept (SPEC 6.3).</summary>
/// <param name="Name">Names it in counts and receipts; unique in its set, at most <see cref="MaxNameBytes"/> ASCII letters, digits, "_", "." and "-".</param>
/// <param name="Condition">The condition as it was written.</param>
/// <param name="Filter">The condition.</param>
/// <param name="Rate">0 to 1.</param>
public sealed record SamplingRule(string Name, string Condition, Filter Filter, double Rate)
{
    /// <summary>The longest name.</summary>
    public const int MaxNameBytes = 64;
}
