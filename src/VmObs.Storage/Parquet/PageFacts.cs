namespace VmObs.Storage.Parquet;

/// <summary>What the page index says of a page.</summary>
/// <param name="Offset">Where its header begins in the file.</param>
/// <param name="Bytes">Header and compressed body.</param>
/// <param name="FirstRow">Its first row's number in the row group.</param>
/// <param name="Bounds">Smallest and largest value; null where they are not kept.</param>
internal sealed record PageFacts(long Offset, int Bytes, long FirstRow, ValueBounds? Bounds);
