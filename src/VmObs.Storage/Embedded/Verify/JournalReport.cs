namespace VmObs.Storage.Embedded.Verify;

/// <summary>What replaying the kept journal against the sealed hours found.</summary>
/// <param name="Findings">One line each: hour file, record, journal position, found and expected; empty when all is well.</param>
/// <param name="KeptFrom">Position of the first record that is kept; 0 when no segment is.</param>
/// <param name="End">Position of the last record that verified.</param>
public sealed record JournalReport(IReadOnlyList<string> Findings, long KeptFrom, long End)
{
    /// <summary>Sealed files that hold what their records of the journal brought, all of it looked at, or differ from it.</summary>
    public int Compared { get; init; }

    /// <summary>Trace files of which the first decisions were passed over: spans of theirs may have come before the kept journal.</summary>
    public int ComparedInPart { get; init; }

    /// <summary>Sealed files of which the journal, or the file itself, is not kept any more.</summary>
    public int NotCompared { get; init; }

    /// <summary>Log lines, samples and traces that the journal brought and that no sealed file's receipt covers yet, and spans without a decision.</summary>
    public long Open { get; init; }
}
