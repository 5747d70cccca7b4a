namespace VmObs.Signals.Filters;

/// <summary>IN: the value passes one of some tests.</summary>
internal sealed class OneOfTest(FilterTest[] tests) : FilterTest
{
    internal override string? RequiredText => tests is [var only] ? only.RequiredText : null;

    public override bool Accepts(in FilterValue value)
    {
        foreach (var test in tests)
        {
            if (test.Accepts(value))
                return true;
        }
        return false;
    }
}
