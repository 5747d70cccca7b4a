namespace VmObs.Storage.Parquet;

/// <summary>Rows of a column that have one text.</summary>
/// <param name="Text">The text's number in its <see cref="TextRows"/>; below zero where the rows have none.</param>
/// <param name="Rows">How many follow one another.</param>
internal readonly record struct TextRun(int Text, int Rows)
{
    /// <summary>The number of no text.</summary>
    public const int None = -1;
}
