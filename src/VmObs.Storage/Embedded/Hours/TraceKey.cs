using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What orders decided traces in an hour: spans that come after a decision form a trace of their own, with the next decision.</summary>
/// <param name="Id">The trace.</param>
/// <param name="Decision">The journal record that decided it.</param>
internal readonly record struct TraceKey(TraceId Id, long Decision) : IComparable<TraceKey>
{
    public int CompareTo(TraceKey other) => Id != other.Id ? Id.CompareTo(other.Id) : Decision.CompareTo(other.Decision);
}
