using VmObs.Signals.Traces;

namespace VmObs.Signals.Ports;

/// <summary>Answers questions about stored spans.</summary>
public interface ITraceSource
{
    /// <summary>All stored spans of a trace, each exactly once, as canonical records (SpanRecord), by start time; empty for an unknown id.</summary>
    /// <exception cref="IOException">A stored file is damaged or cannot be read; the message has path, offset, got and want.</exception>
    ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> GetAsync(TraceId id, CancellationToken cancellationToken);
}
