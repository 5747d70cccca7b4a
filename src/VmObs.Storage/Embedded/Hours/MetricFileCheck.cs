using VmObs.Ledger.Hashing;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What reading a whole metric file found.</summary>
/// <param name="RecordsRoot">RFC 6962 root in BLAKE3 over one leaf a series.</param>
/// <param name="Series">Number of series.</param>
/// <param name="Samples">Number of samples.</param>
/// <param name="Nodes">Short names of the nodes, ascending.</param>
/// <param name="Findings">What is not in order; empty for a good file.</param>
internal sealed record MetricFileCheck(Digest RecordsRoot, long Series, long Samples, IReadOnlyList<string> Nodes, IReadOnlyList<string> Findings);
