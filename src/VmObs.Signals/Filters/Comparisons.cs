namespace VmObs.Signals.Filters;

/// <summary>Says what a comparison makes of an order.</summary>
internal static class Comparisons
{
    /// <param name="comparison">What is asked.</param>
    /// <param name="order">Negative, zero or positive, as CompareTo gives it.</param>
    public static bool Holds(this Comparison comparison, int order) => comparison switch
    {
        Comparison.Equal => order == 0,
        Comparison.Less => order < 0,
        Comparison.LessOrEqual => order <= 0,
        Comparison.Greater => order > 0,
        _ => order >= 0,
    };

    /// <summary>As IEEE 754 has it: nothing holds of NaN.</summary>
    public static bool Holds(this Comparison comparison, double left, double right) => comparison switch
    {
        Comparison.Equal => left == right,
        Comparison.Less => left < right,
        Comparison.LessOrEqual => left <= right,
        Comparison.Greater => left > right,
        _ => left >= right,
    };
}
