using System.Collections.Concurrent;
using VmObs.Storage.Embedded.Sampling;

namespace VmObs.Receipts.Gaps;

/// <summary>Receipts the sampling rules that are in force, and counts what they sample out: in metrics, and for the receipts of gaps.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SamplingRecord(ObservabilityLedger ledger, GapAccount gaps, TimeProvider time) : ISamplingRecord
{
    private readonly ConcurrentDictionary<string, long> _sampledOut = new(StringComparer.Ordinal);

    /// <summary>Traces sampled out since the start, by rule.</summary>
    public IEnumerable<KeyValuePair<string, long>> SampledOutByRule => _sampledOut;

    public async ValueTask RulesInForceAsync(SamplingRules rules, CancellationToken cancellationToken)
    {
        var (earlier, last) = ledger.SamplingRules;
        if (last == SamplingReceipt.HashOf(rules))
            return;
        var now = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        await ledger.AppendAsync(SamplingReceipt.KeyOf(rules, earlier), (json, seq) => SamplingReceipt.Write(json, seq, rules, now), cancellationToken);
    }

    public void SampledOut(SampledOutTraces traces)
    {
        if (!gaps.SampledOut(traces))
            return;
        foreach (var (rule, count) in traces.ByRule)
            _sampledOut.AddOrUpdate(rule, count, (_, before) => before + count);
    }
}
