using VmObs.Signals.Metrics;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A series of a row group.</summary>
/// <param name="Key">Canonical labels.</param>
/// <param name="Kind">What its samples mean.</param>
/// <param name="Unit">As the sender gave it; empty when not given.</param>
/// <param name="FirstRow">Its first row in the row group.</param>
/// <param name="Rows">How many rows it has there; it may go on in the next row group.</param>
internal sealed record SeriesPlace(byte[] Key, MetricKind Kind, string Unit, int FirstRow, int Rows);
