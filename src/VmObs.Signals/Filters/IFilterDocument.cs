namespace VmObs.Signals.Filters;

/// <summary>What a filter asks when the thing asked about is no JSON document.</summary>
public interface IFilterDocument
{
    /// <summary>Offers the values that stand at a path to the test, one after the other, until it accepts one.</summary>
    /// <returns>Whether it accepted one; false for a path without values.</returns>
    bool Any(FilterPath path, FilterTest test);
}
