namespace VmObs.Signals.Filters;

/// <summary>Compares with a number.</summary>
internal sealed class NumberTest(Comparison comparison, double wanted) : FilterTest
{
    public override bool Accepts(in FilterValue value) => value.TryGetNumber(out var number) && comparison.Holds(number, wanted);
}
