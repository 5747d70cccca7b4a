namespace VmObs.Import;

/// <summary>Reads a file's lines as requests.</summary>
internal interface IBatchReader : IDisposable
{
    /// <summary>Passes over what an import before has sent: whole lines up to a position that lies at a line's beginning.</summary>
    Task SkipToAsync(long position, CancellationToken cancellationToken);

    /// <summary>Reads the next request; null at the end of the file.</summary>
    /// <exception cref="FormatException">A line is not what the format says.</exception>
    ValueTask<ImportBatch?> ReadAsync(CancellationToken cancellationToken);
}
