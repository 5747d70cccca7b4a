using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Head;

/// <summary>What of an open log hour is in its file and what is in memory, at one moment: each record in exactly one of them.</summary>
/// <param name="Blocks">Blocks in the file.</param>
/// <param name="Runs">Runs that are not; the last may still grow.</param>
internal sealed record LogHourView(IReadOnlyList<LogBlock> Blocks, IReadOnlyList<LogRun> Runs);
