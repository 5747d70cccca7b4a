namespace VmObs.Sql;

/// <summary>A statement cannot be run: DuckDB says why.</summary>
internal sealed class SqlException(string message) : Exception(message);
