namespace VmObs.Storage.Parquet;

/// <summary>A column of a table that <see cref="FlatTableWriter"/> writes; a row may have no value in it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What its values are.</param>
public sealed record FlatColumn(string Name, FlatColumnType Type);

/// <summary>What a column's values are.</summary>
public enum FlatColumnType
{
    /// <summary>UTF-8.</summary>
    Text,

    /// <summary>64 bits, signed.</summary>
    Integer,

    /// <summary>IEEE 754, 64 bits.</summary>
    Double,

    /// <summary>Unix nanoseconds, UTC.</summary>
    Time,
}
