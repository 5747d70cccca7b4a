namespace VmObs.Signals.Filters;

/// <summary>A condition as the parser puts it together.</summary>
internal abstract class Condition
{
    /// <summary>Whether it holds.</summary>
    public abstract bool Holds(in FilterSubject subject);

    /// <summary>Adds what must be equal for it to hold (<see cref="Filter.Required"/>).</summary>
    public virtual void CollectRequired(List<KeyValuePair<string, string>> required)
    {
    }
}
