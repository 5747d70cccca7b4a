using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded;

/// <summary>A significant trace at its decision: all that its receipt says about it.</summary>
/// <param name="TraceId">32 lower-case hex digits.</param>
/// <param name="Decision">Position of the journal record that decided it; spans that come later get a decision of their own.</param>
/// <param name="Name">The root span's name; the earliest span's where no root came.</param>
/// <param name="StartUnixNanos">Start of the earliest span.</param>
/// <param name="EndUnixNanos">End of the latest span.</param>
/// <param name="Failed">Whether any span failed.</param>
/// <param name="Spans">Number of spans.</param>
/// <param name="Services">Services involved, in order of their first span.</param>
/// <param name="Nodes">Short names of the nodes involved, in order of their first span.</param>
/// <param name="Attributes">Span attributes that the configuration asked for, first value found, as JSON values.</param>
/// <param name="LeafHash">The trace's leaf in its hour's records tree: BLAKE3, lower-case hex.</param>
public sealed record CompletedTrace(
    string TraceId, long Decision, string Name, long StartUnixNanos, long EndUnixNanos, bool Failed, int Spans,
    IReadOnlyList<string> Services, IReadOnlyList<string> Nodes, IReadOnlyDictionary<string, string> Attributes, string LeafHash)
{
    /// <summary>What its sender said of it; null where it did not come as SPEC documents alone.</summary>
    public SentTrace? Sent { get; init; }

    /// <summary>When it ended, Unix ns, in its sender's words: the time of its receipt.</summary>
    public long ToldEndUnixNanos => Sent?.EndOf(EndUnixNanos) ?? EndUnixNanos;
}
