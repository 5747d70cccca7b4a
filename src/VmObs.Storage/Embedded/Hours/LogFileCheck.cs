namespace VmObs.Storage.Embedded.Hours;

/// <summary>What reading a whole log file found.</summary>
/// <param name="Counts">Lines by level.</param>
/// <param name="Lines">All lines.</param>
/// <param name="Services">Services, ascending.</param>
/// <param name="IsWhole">Whether every block could be read.</param>
/// <param name="Findings">What is not as the file itself says; empty for a good file.</param>
internal sealed record LogFileCheck(long[] Counts, long Lines, IReadOnlyList<string> Services, bool IsWhole, IReadOnlyList<string> Findings);
