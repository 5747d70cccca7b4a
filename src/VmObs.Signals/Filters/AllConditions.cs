namespace VmObs.Signals.Filters;

/// <summary>a AND b AND ….</summary>
internal sealed class AllConditions(Condition[] conditions) : Condition
{
    public override bool Holds(in FilterSubject subject)
    {
        foreach (var condition in conditions)
        {
            if (!condition.Holds(subject))
                return false;
        }
        return true;
    }

    public override void CollectRequired(List<KeyValuePair<string, string>> required)
    {
        foreach (var condition in conditions)
            condition.CollectRequired(required);
    }
}
