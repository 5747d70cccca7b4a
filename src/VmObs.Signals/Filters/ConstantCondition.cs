namespace VmObs.Signals.Filters;

/// <summary>true, which SPEC 6.3's last rule says, or false.</summary>
internal sealed class ConstantCondition(bool value) : Condition
{
    public override bool Holds(in FilterSubject subject) => value;
}
