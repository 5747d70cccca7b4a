using Microsoft.Extensions.Logging;

namespace VmObs.Ingest;

/// <summary>Whether the last request could be made durable. Logs when that changes, never once a request: the engine's own log records
/// come in through the same door.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SinkHealth(ILogger logger)
{
    private string? _failure;

    /// <summary>Why the last write failed; null when it did not.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    public void Succeeded()
    {
        if (Volatile.Read(ref _failure) is not null && Interlocked.Exchange(ref _failure, null) is not null)
            logger.LogInformation("storing works again");
    }

    public void Failed(IOException failure)
    {
        if (Interlocked.Exchange(ref _failure, failure.Message) is null)
            logger.LogError(failure, "storing fails, senders are told to come back: {Message}", failure.Message);
    }
}
