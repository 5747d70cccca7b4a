using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Walks over parts of traces in order of their ids. What it says of a part is valid until the next move.</summary>
internal interface ITracePartCursor : IDisposable
{
    /// <summary>The part's trace.</summary>
    TraceId Id { get; }

    /// <summary>Moves to the next part; false at the end.</summary>
    bool MoveNext();

    /// <summary>Adds what is known of the part without its long texts.</summary>
    void AddTo(ref TraceFacts facts);

    /// <summary>Adds the part's spans; of their texts those that the cursor was asked for.</summary>
    void AddTo(List<ReadOnlyMemory<byte>> spans);
}
