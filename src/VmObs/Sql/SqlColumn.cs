namespace VmObs.Sql;

/// <summary>A column of a statement's result.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type as DuckDB names it: "BIGINT", "TIMESTAMP WITH TIME ZONE".</param>
internal sealed record SqlColumn(string Name, string Type)
{
    /// <summary>Whether its values are points in time.</summary>
    public bool IsTime => Type.StartsWith("TIMESTAMP", StringComparison.Ordinal);

    /// <summary>Whether its values are whole numbers of at most 64 bits with a sign.</summary>
    public bool IsInteger => Type is "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER";

    /// <summary>Whether its values are other numbers.</summary>
    public bool IsNumber => Type is "FLOAT" or "DOUBLE" or "HUGEINT" or "UHUGEINT" or "UBIGINT" || Type.StartsWith("DECIMAL", StringComparison.Ordinal);

    /// <summary>The column's value as our JSON writes it: times in RFC 3339, what is no number by its name, everything that JSON has not as text.</summary>
    public string ToExpression()
    {
        var name = DuckDbSession.QuoteName(Name);
        return Type switch
        {
            "TIMESTAMP_NS" => $"strftime({name}, '%Y-%m-%dT%H:%M:%S.%nZ')",
            _ when IsTime => $"strftime(make_timestamp(epoch_us({name})), '%Y-%m-%dT%H:%M:%S.%fZ')",
            "FLOAT" or "DOUBLE" =>
                $"CASE WHEN {name} IS NULL THEN NULL WHEN isfinite({name}) THEN to_json({name}) WHEN isnan({name}) THEN to_json('NaN') WHEN {name} > 0 THEN to_json('+Inf') ELSE to_json('-Inf') END",
            "BOOLEAN" or "JSON" or "VARCHAR" => name,
            _ when IsInteger || IsNumber || Type.EndsWith(']') || Type.StartsWith("STRUCT", StringComparison.Ordinal) || Type.StartsWith("MAP", StringComparison.Ordinal) => name,
            _ => $"CAST({name} AS VARCHAR)",
        };
    }
}
