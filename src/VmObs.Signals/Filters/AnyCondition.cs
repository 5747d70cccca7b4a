namespace VmObs.Signals.Filters;

/// <summary>a OR b OR ….</summary>
internal sealed class AnyCondition(Condition[] conditions) : Condition
{
    public override bool Holds(in FilterSubject subject)
    {
        foreach (var condition in conditions)
        {
            if (condition.Holds(subject))
                return true;
        }
        return false;
    }
}
