using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Walks over parts of traces in order of their ids. What it says of a part is valid until the next move.</summary>
internal interface ITracePartCursor : IDisposable
{
    /// <summary>The part's trace.</summary>
    TraceId Id { get; }

    /// <summary>Moves to the next part; false at the end.</summary>
    bool MoveNext();

    /// <summary>Passes over this part and those behind it that are whole traces, as far as can be told at once; stands at the next part then.</summary>
    /// <param name="before">Where another walk stands, so that its traces end there; null where there is none.</param>
    /// <returns>What was passed over; empty where nothing was.</returns>
    TraceBlock TakeWhole(TraceId? before);

    /// <summary>Adds what is known of the part without its long texts.</summary>
    void AddTo(ref TraceFacts facts);

    /// <summary>Adds the part's spans; of their texts those that the cursor was asked for.</summary>
    void AddTo(List<ReadOnlyMemory<byte>> spans);
}
