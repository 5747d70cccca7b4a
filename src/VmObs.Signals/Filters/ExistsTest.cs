namespace VmObs.Signals.Filters;

/// <summary>There is a value, and it is not null.</summary>
internal sealed class ExistsTest : FilterTest
{
    public static readonly ExistsTest Instance = new();

    public override bool Accepts(in FilterValue value) => value.Kind != FilterValueKind.Null;
}
