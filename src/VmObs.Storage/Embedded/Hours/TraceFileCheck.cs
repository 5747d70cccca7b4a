using VmObs.Ledger.Hashing;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What reading a whole trace file found.</summary>
/// <param name="RecordsRoot">RFC 6962 root in BLAKE3 over one leaf a decided trace.</param>
/// <param name="Traces">Number of decided traces.</param>
/// <param name="Spans">Number of spans.</param>
/// <param name="ErrorTraces">Traces with at least one failed span.</param>
/// <param name="Services">Names of the services, ascending.</param>
/// <param name="Nodes">Short names of the nodes, ascending.</param>
/// <param name="Leaves">Leaf hashes by trace and decision.</param>
/// <param name="Findings">What is not in order; empty for a good file.</param>
internal sealed record TraceFileCheck(
    Digest RecordsRoot, long Traces, long Spans, long ErrorTraces, IReadOnlyList<string> Services, IReadOnlyList<string> Nodes,
    IReadOnlyDictionary<TraceKey, Digest> Leaves, IReadOnlyList<string> Findings);
