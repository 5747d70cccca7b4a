namespace VmObs.Cli.Output;

/// <summary>Writes JSON documents, one after another, in one format. Bounded: holds a screenful or a row group, never the answer.</summary>
/// <remarks>Not thread-safe. The caller disposes it; without <see cref="CompleteAsync"/> what was written may lack its end.</remarks>
internal interface IDocumentOutput : IDisposable
{
    /// <summary>Takes the next document.</summary>
    /// <param name="line">A JSON object without a newline.</param>
    ValueTask WriteAsync(string line);

    /// <summary>Shows what was taken so far, where the format allows it: whoever follows a stream calls it when no more is there yet.</summary>
    ValueTask FlushAsync();

    /// <summary>Ends the output.</summary>
    ValueTask CompleteAsync();
}
