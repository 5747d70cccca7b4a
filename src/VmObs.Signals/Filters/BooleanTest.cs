namespace VmObs.Signals.Filters;

/// <summary>true or false.</summary>
internal sealed class BooleanTest(bool wanted) : FilterTest
{
    public override bool Accepts(in FilterValue value) => value.Kind is FilterValueKind.Boolean or FilterValueKind.Text && value.Utf8.SequenceEqual(wanted ? "true"u8 : "false"u8);
}
