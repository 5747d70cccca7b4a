using VmObs.Signals;
using VmObs.Signals.Metrics;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What one place where samples lie has of a series, told in short.</summary>
/// <param name="Key">Canonical labels.</param>
/// <param name="Kind">What the samples mean.</param>
/// <param name="Unit">As the sender gave it; empty when not given.</param>
/// <param name="Samples">How many there are; at least one.</param>
/// <param name="Hour">Their hour: all samples of a later one come behind them.</param>
/// <param name="Ends">Last samples, this series' among them; read when the first of them is wanted.</param>
/// <param name="Place">Which of them is this series'.</param>
internal readonly record struct SeriesPart(ReadOnlyMemory<byte> Key, MetricKind Kind, string Unit, long Samples, HourId Hour, Lazy<LastSamples> Ends, int Place)
{
    /// <summary>The last sample.</summary>
    public (long UnixNanos, double Value) Last => (Ends.Value.TimestampsUnixNanos[Place], Ends.Value.Values[Place]);

    /// <summary>Whether a part of the next row group is of the same series.</summary>
    public bool GoesOnIn(in SeriesPart next) => Kind == next.Kind && Unit == next.Unit && Key.Span.SequenceEqual(next.Key.Span);
}
