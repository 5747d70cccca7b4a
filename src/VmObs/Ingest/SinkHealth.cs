using Microsoft.Extensions.Logging;

namespace VmObs.Ingest;

/// <summary>Whether the last request could be made durable. Logs when that changes, never once a request: the engine's own log records
/// come in through the same door.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SinkHealth(ILogger logger)
{
    private string? _failure, _lasting;

    /// <summary>Why the last write failed, or what has ended for good; null when all is well.</summary>
    public string? Failure => Volatile.Read(ref _lasting) ?? Volatile.Read(ref _failure);

    public void Succeeded()
    {
        if (Volatile.Read(ref _failure) is not null && Interlocked.Exchange(ref _failure, null) is not null)
            logger.LogInformation("storing works again");
    }

    /// <summary>Something that only a restart brings back.</summary>
    public void Ended(string what, Exception failure)
    {
        Volatile.Write(ref _lasting, $"BUG: {what} has ended: {failure.Message}");
        logger.LogCritical(failure, "BUG: {What} has ended; restart the engine: {Message}", what, failure.Message);
    }

    public void Failed(IOException failure)
    {
        if (Interlocked.Exchange(ref _failure, failure.Message) is null)
            logger.LogError(failure, "storing fails, senders are told to come back: {Message}", failure.Message);
    }
}
