namespace VmObs.Storage.Parquet;

/// <summary>Rows of a row group that follow one another.</summary>
/// <param name="First">The first one, counted from the row group's.</param>
/// <param name="Count">How many; at least one.</param>
internal readonly record struct RowRange(int First, int Count)
{
    /// <summary>The row behind the last one.</summary>
    public int End => First + Count;
}
