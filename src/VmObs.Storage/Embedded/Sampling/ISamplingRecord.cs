namespace VmObs.Storage.Embedded.Sampling;

/// <summary>Where the store reports how it samples traces.</summary>
public interface ISamplingRecord
{
    /// <summary>Says which rules are in force; their receipt is durable, with ROOT, once the task completes. The rules that were in force before
    /// get no second.</summary>
    /// <exception cref="IOException">The disk refused; no trace may be decided by the rules.</exception>
    ValueTask RulesInForceAsync(SamplingRules rules, CancellationToken cancellationToken);

    /// <summary>Counts what one decision sampled out. Called in the journal's order, and again at a replay, which counts no decision twice.</summary>
    void SampledOut(SampledOutTraces traces);
}

/// <summary>What one decision of the journal sampled out.</summary>
/// <param name="Decision">Position of its record.</param>
/// <param name="ByRule">Number of traces by the rule's name, only of rules that sampled out any.</param>
public sealed record SampledOutTraces(long Decision, IReadOnlyList<KeyValuePair<string, long>> ByRule);

/// <summary>How the store samples traces.</summary>
/// <param name="Rules">The rules in force from this start on.</param>
/// <param name="Record">Where it reports.</param>
public sealed record TraceSampling(SamplingRules Rules, ISamplingRecord Record);
