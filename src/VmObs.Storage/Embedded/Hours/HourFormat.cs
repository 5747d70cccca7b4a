using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A format of hour files that are Parquet.</summary>
/// <param name="Name">Name and version, as the file's metadata has it: "metrics/2".</param>
/// <param name="Table">Name of the schema.</param>
/// <param name="Columns">The columns.</param>
internal sealed record HourFormat(string Name, string Table, IReadOnlyList<ParquetColumn> Columns);
