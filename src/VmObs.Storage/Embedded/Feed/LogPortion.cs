using System.Buffers;
using VmObs.Storage.Embedded.Head;

namespace VmObs.Storage.Embedded.Feed;

/// <summary>A copy of records that were published together: listeners keep no memory of open hours alive. Whoever takes it disposes it.</summary>
internal sealed class LogPortion : IDisposable
{
    private readonly byte[] _tails;
    private readonly LogRun.Line[] _lines;

    private LogPortion(LogOpenHour hour, LogRun.Line[] lines, byte[] tails, int count, long bytes) =>
        (Hour, _lines, _tails, Count, Bytes) = (hour, lines, tails, count, bytes);

    /// <summary>The records' hour.</summary>
    public LogOpenHour Hour { get; }

    /// <summary>Number of records.</summary>
    public int Count { get; }

    /// <summary>What it costs in memory.</summary>
    public long Bytes { get; }

    /// <summary>The records.</summary>
    public ReadOnlySpan<LogRun.Line> Lines => _lines.AsSpan(0, Count);

    /// <summary>Copies the records of a run from an index on.</summary>
    /// <param name="hour">The run's hour.</param>
    /// <param name="run">What was published.</param>
    /// <param name="from">The first of them.</param>
    /// <param name="maxBytes">What the copy may cost.</param>
    /// <returns>Null when it would cost more.</returns>
    public static LogPortion? Copy(LogOpenHour hour, LogRun.Snapshot run, int from, long maxBytes)
    {
        long bytes = 0;
        foreach (ref readonly var line in run.Lines.AsSpan(from..run.Count))
            bytes += LogRun.CostOf(line.Tail.Length);
        if (bytes > maxBytes)
            return null;
        var tails = ArrayPool<byte>.Shared.Rent((int)bytes);
        var lines = ArrayPool<LogRun.Line>.Shared.Rent(run.Count - from);
        var at = 0;
        for (var i = from; i < run.Count; i++)
        {
            ref readonly var line = ref run.Lines[i];
            line.Tail.Span.CopyTo(tails.AsSpan(at));
            lines[i - from] = line with { Tail = tails.AsMemory(at, line.Tail.Length) };
            at += line.Tail.Length;
        }
        return new LogPortion(hour, lines, tails, run.Count - from, bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_tails);
        // The lines point to memory that is given back.
        ArrayPool<LogRun.Line>.Shared.Return(_lines, clearArray: true);
    }
}
