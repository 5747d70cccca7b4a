using VmObs.Signals.Metrics;

namespace VmObs.Signals.Ports;

/// <summary>A series' samples of a range, told in short.</summary>
/// <param name="Key">Canonical label set (LabelKeyReader).</param>
/// <param name="Kind">What its samples mean.</param>
/// <param name="Unit">As the sender gave it; empty when not given.</param>
/// <param name="Samples">How many there are; at least one.</param>
/// <param name="LastUnixNanos">The last one's time, Unix ns, UTC.</param>
/// <param name="LastValue">Its value; of samples of one time that of the one which arrived last.</param>
public readonly record struct SeriesOutline(ReadOnlyMemory<byte> Key, MetricKind Kind, string Unit, long Samples, long LastUnixNanos, double LastValue);
