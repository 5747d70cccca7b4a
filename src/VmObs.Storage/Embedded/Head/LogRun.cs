using VmObs.Signals.Logs;

namespace VmObs.Storage.Embedded.Head;

/// <summary>Log records of one open hour that are not in its file yet.</summary>
/// <remarks>One writer. Readers take a <see cref="Snapshot"/>, whose records below its count do not change.</remarks>
internal sealed class LogRun(long firstPosition)
{
    private readonly ByteArena _tails = new();
    private Line[] _lines = new Line[256];
    private int _count;
    private volatile Snapshot _published = new([], 0);

    /// <summary>Position of the first record of the journal that brought data.</summary>
    public long FirstPosition { get; } = firstPosition;

    /// <summary>Position of the last record of the journal that is in the run.</summary>
    public long LastPosition { get; private set; } = firstPosition;

    /// <summary>Bytes reserved in the budget for the run's records.</summary>
    public long ReservedBytes { get; private set; }

    /// <summary>What readers may see.</summary>
    public Snapshot Published => _published;

    /// <summary>What a record costs in memory, at most: its tail and its line.</summary>
    public static long CostOf(int tailBytes) => tailBytes + 64;

    /// <summary>Adds a record; seen after <see cref="Publish"/>.</summary>
    public void Add(long timestampUnixNanos, Level level, int stream, int service, int ordinal, ReadOnlySpan<byte> tail)
    {
        if (_count == _lines.Length)
            Array.Resize(ref _lines, _count * 2);
        _lines[_count++] = new Line(timestampUnixNanos, _tails.Add(tail), stream, service, ordinal, level);
        ReservedBytes += CostOf(tail.Length);
    }

    /// <summary>Shows readers what was added, all of it from this or earlier records of the journal.</summary>
    public void Publish(long position)
    {
        LastPosition = position;
        _published = new Snapshot(_lines, _count);
    }

    /// <summary>A consistent view of a run.</summary>
    public sealed record Snapshot(Line[] Lines, int Count);

    /// <summary>One record.</summary>
    /// <param name="TimestampUnixNanos">Event time.</param>
    /// <param name="Tail">The document from "level" on.</param>
    /// <param name="Stream">Number of its stream in the hour.</param>
    /// <param name="Service">Number of its service in the hour.</param>
    /// <param name="Ordinal">What makes its id unique: 0, or the n of "#n".</param>
    /// <param name="Level">Its level.</param>
    public readonly record struct Line(long TimestampUnixNanos, ReadOnlyMemory<byte> Tail, int Stream, int Service, int Ordinal, Level Level);
}
