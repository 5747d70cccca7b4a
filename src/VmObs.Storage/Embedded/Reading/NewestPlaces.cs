using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Keeps the newest so many places of traces behind one, whatever order they come in.</summary>
/// <remarks>Not thread-safe. Bounded by its room, 24 bytes a place.</remarks>
/// <param name="room">How many.</param>
/// <param name="after">Only what comes after it; null for all.</param>
internal sealed class NewestPlaces(int room, TracePlace? after)
{
    // The one that would be dropped first is at the head.
    private readonly PriorityQueue<TracePlace, TracePlace> _places = new(Comparer<TracePlace>.Create(static (a, b) => b.CompareTo(a)));

    /// <summary>What starts earlier is not among them.</summary>
    public long OldestUnixNanos { get; private set; } = long.MinValue;

    /// <summary>Whether there is no room for more, so that some may have been left out.</summary>
    public bool IsFull => _places.Count == room;

    /// <summary>Adds a place if it belongs to them.</summary>
    public void Add(TracePlace place)
    {
        if (after is { } last && place <= last)
            return;
        if (!IsFull)
            _places.Enqueue(place, place);
        else if (place < _places.Peek())
            _places.EnqueueDequeue(place, place);
        if (IsFull)
            OldestUnixNanos = _places.Peek().StartUnixNanos;
    }

    /// <summary>The places, the newest first.</summary>
    public List<TracePlace> ToList()
    {
        List<TracePlace> places = [.. _places.UnorderedItems.Select(static item => item.Element)];
        places.Sort();
        return places;
    }
}
