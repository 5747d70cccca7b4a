using Microsoft.Extensions.Logging;

namespace VmObs.Ingest;

/// <summary>Whether the last request could be made durable. Logs when that changes, never once a request: the engine's own log records
/// come in through the same door.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SinkHealth(ILogger logger, TimeProvider time)
{
    private string? _lasting;
    private Outage? _outage, _healed;

    /// <summary>Why the last write failed, or what has ended for good; null when all is well.</summary>
    public string? Failure => Volatile.Read(ref _lasting) ?? Volatile.Read(ref _outage)?.Failure;

    /// <summary>The time in which writes fail, or the last one in which they did; null when there was none.</summary>
    public Outage? Outage => Volatile.Read(ref _outage) ?? Volatile.Read(ref _healed);

    public void Succeeded()
    {
        if (Volatile.Read(ref _outage) is null || Interlocked.Exchange(ref _outage, null) is not { } outage)
            return;
        Volatile.Write(ref _healed, outage with { HealedAt = time.GetUtcNow() });
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
        // Since the first of them; the message is the latest.
        var outage = Volatile.Read(ref _outage) is { } lasting ? lasting with { Failure = failure.Message } : new Outage(failure.Message, time.GetUtcNow(), HealedAt: null);
        if (Interlocked.Exchange(ref _outage, outage) is null)
            logger.LogError(failure, "storing fails, senders are told to come back: {Message}", failure.Message);
    }
}
