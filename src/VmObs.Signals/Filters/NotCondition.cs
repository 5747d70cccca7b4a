namespace VmObs.Signals.Filters;

/// <summary>NOT a.</summary>
internal sealed class NotCondition(Condition condition) : Condition
{
    public override bool Holds(in FilterSubject subject) => !condition.Holds(subject);
}
