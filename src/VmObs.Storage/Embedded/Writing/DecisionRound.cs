using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Sampling;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>Has complete traces decided: chooses them, has the sampling rules judge them, and makes the decisions durable, by which they are applied.</summary>
/// <remarks>Thread-safe. Rounds may overlap; a trace is in one of them at a time.</remarks>
/// <param name="context">The store.</param>
/// <param name="admission">The way into the journal.</param>
/// <param name="decider">Knows the traces that are not decided.</param>
/// <param name="gate">What guards the decider.</param>
internal sealed class DecisionRound(StoreContext context, Admission admission, TraceDecider decider, Lock gate)
{
    // Bounds one decision's body, and thereby the receipts that are written at once.
    private const int MaxTracesInDecision = 4096;

    private readonly TraceSampling? _sampling = context.Options.Sampling;
    private readonly KeptTraces _kept = new();
    private volatile bool _rulesAreReceipted;

    /// <summary>Decides the traces that are complete: quiet for long enough, too old or too large, or all whose hour has ended.</summary>
    /// <exception cref="IOException">Ledger or journal refused; the traces are asked about again.</exception>
    public async Task RunAsync(Applier applier, SealRule rule)
    {
        if (_sampling is { } sampling && !_rulesAreReceipted)
        {
            await sampling.Record.RulesInForceAsync(sampling.Rules, CancellationToken.None);
            _rulesAreReceipted = true;
        }
        var (traces, through) = await applier.InvokeAsync(() => (Choose(rule), applier.Position));
        foreach (var chunk in traces.Chunk(MaxTracesInDecision))
        {
            try
            {
                await admission.WriteAsync(ToEntry(chunk, through, rule.NowUnixNanos));
            }
            catch (IOException)
            {
                await applier.InvokeAsync(() => TakeBack(traces));
                throw;
            }
        }
    }

    private List<(TraceId Id, byte Verdict)> Choose(SealRule rule)
    {
        lock (gate)
            return decider.Choose(rule).ConvertAll(id => (id, Judge(id)));
    }

    private byte Judge(TraceId id)
    {
        if (_sampling is not { Rules.DropsTraces: true } sampling)
            return SampledDecision.Kept;
        if (_kept.Contains(id))
            return SampledDecision.Kept;
        var rule = sampling.Rules.Decide(id, new TraceFilterDocument(decider.Pending.Find(id)!.Spans));
        if (rule >= 0)
            return (byte)(rule + 1);
        if (!sampling.Rules.IsAlwaysKept(id))
            _kept.Add(id);
        return SampledDecision.Kept;
    }

    private JournalEntry ToEntry((TraceId Id, byte Verdict)[] traces, long through, long nowUnixNanos)
    {
        var (kind, body) = _sampling is { } sampling
            ? (JournalRecordKind.SampledDecision, SampledDecision.Write(through, sampling.Rules.Hash, [.. sampling.Rules.Rules.Select(rule => rule.Name)], traces))
            : (JournalRecordKind.TraceDecision, Ids(traces));
        var request = new ReceivedRequest(Signal.Traces, default, ContentCoding.Identity, nowUnixNanos, body);
        return new JournalEntry(kind, request, Blake3.Hash(body), traces, 0);
    }

    private static byte[] Ids((TraceId Id, byte Verdict)[] traces)
    {
        var body = new byte[traces.Length * TraceId.Bytes];
        for (var i = 0; i < traces.Length; i++)
            traces[i].Id.Write(body.AsSpan(i * TraceId.Bytes));
        return body;
    }

    private bool TakeBack(List<(TraceId Id, byte Verdict)> traces)
    {
        lock (gate)
        {
            foreach (var (id, _) in traces)
                decider.Pending.TakeBackDecision(id);
        }
        return true;
    }
}
