namespace VmObs.Import;

/// <summary>Who takes the requests of an import.</summary>
internal interface IImportTarget
{
    /// <summary>Sends a request until it is durable.</summary>
    /// <exception cref="ImportRefusedException">It will not be taken however often it is sent.</exception>
    Task<ImportAnswer> SendAsync(ImportBatch batch, CancellationToken cancellationToken);
}

/// <summary>What became of a request that was taken.</summary>
/// <param name="Refused">How many of its records were refused.</param>
/// <param name="Message">Why, for the first of them.</param>
internal readonly record struct ImportAnswer(long Refused, string Message);

/// <summary>A request that the engine does not take.</summary>
internal sealed class ImportRefusedException(string message) : Exception(message);
