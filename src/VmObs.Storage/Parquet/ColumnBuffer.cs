namespace VmObs.Storage.Parquet;

/// <summary>The values of one column of the row group that is being filled.</summary>
/// <remarks>Not thread-safe. Keeps its memory for the next row group.</remarks>
internal abstract class ColumnBuffer : IDisposable
{
    /// <summary>Writes the values as pages.</summary>
    public abstract void WriteTo(ColumnChunk chunk);

    /// <summary>Forgets the values.</summary>
    public abstract void Clear();

    /// <inheritdoc/>
    public abstract void Dispose();
}
