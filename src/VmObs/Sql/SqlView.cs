namespace VmObs.Sql;

/// <summary>A view over files of the data folder. Its columns are there whether or not there are files.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Pattern">The files' names.</param>
/// <param name="Source">The table function over a list of files, with "{0}" for the list.</param>
/// <param name="Columns">Name, type and how it is made of the files' columns.</param>
internal sealed record SqlView(string Name, string Pattern, string Source, IReadOnlyList<(string Name, string Type, string Expression)> Columns)
{
    private const string Node = "replace(node, 'did:vm:node:', '')";

    /// <summary>The ledger.</summary>
    public static SqlView Receipts { get; } = new(
        "receipts", "", "(SELECT json AS receipt FROM read_ndjson_objects({0}))",
        [
            ("seq", "BIGINT", "CAST(receipt->>'$.seq' AS BIGINT)"), ("type", "VARCHAR", "receipt->>'$.type'"), ("timestamp", "TIMESTAMP", "CAST(receipt->>'$.timestamp' AS TIMESTAMP)"),
            ("sealed_at", "TIMESTAMP", "CAST(receipt->>'$.sealed_at' AS TIMESTAMP)"), ("period_start", "TIMESTAMP", "CAST(receipt->>'$.period.start' AS TIMESTAMP)"),
            ("period_end", "TIMESTAMP", "CAST(receipt->>'$.period.end' AS TIMESTAMP)"), ("node", "VARCHAR", "replace(receipt->>'$.node', 'did:vm:node:', '')"),
            ("name", "VARCHAR", "receipt->>'$.name'"), ("status", "VARCHAR", "receipt->>'$.status'"), ("duration_ms", "DOUBLE", "CAST(receipt->>'$.duration_ms' AS DOUBLE)"),
            ("trace_id", "VARCHAR", "receipt->>'$.trace_id'"), ("storage_path", "VARCHAR", "receipt->>'$.storage_path'"), ("content_hash", "VARCHAR", "receipt->>'$.content_hash'"),
            ("root_hash", "VARCHAR", "receipt->>'$.root_hash'"), ("receipt", "JSON", "receipt"),
        ]);

    /// <summary>Log records.</summary>
    public static SqlView Logs { get; } = new(
        "logs", "hour-*.jsonl.gz",
        "read_json({0}, format = 'newline_delimited', compression = 'gzip', maximum_object_size = 67108864, columns = {{log_id: 'VARCHAR', timestamp: 'VARCHAR', level: 'VARCHAR', service: 'VARCHAR', node: 'VARCHAR', message: 'VARCHAR', attributes: 'JSON', trace_id: 'VARCHAR', span_id: 'VARCHAR', caller: 'VARCHAR'}})",
        [
            ("timestamp", "TIMESTAMP", "CAST(timestamp AS TIMESTAMP)"), ("level", "VARCHAR", "level"), ("service", "VARCHAR", "service"), ("node", "VARCHAR", Node),
            ("message", "VARCHAR", "message"), ("attributes", "JSON", "attributes"), ("trace_id", "VARCHAR", "trace_id"), ("span_id", "VARCHAR", "span_id"),
            ("caller", "VARCHAR", "caller"), ("log_id", "VARCHAR", "log_id"),
        ]);

    /// <summary>Samples.</summary>
    public static SqlView Metrics { get; } = new(
        "metrics", "hour-*.parquet", "read_parquet({0}, union_by_name = true)",
        [
            ("timestamp", "TIMESTAMP", "make_timestamp(epoch_us(timestamp) + timestamp_nanos // 1000)"), ("metric", "VARCHAR", "name"), ("node", "VARCHAR", "node"),
            ("service", "VARCHAR", "service"), ("labels", "JSON", "CAST(labels AS JSON)"), ("value", "DOUBLE", "value"), ("kind", "VARCHAR", "kind"),
            ("unit", "VARCHAR", "unit"), ("detail", "JSON", "CAST(detail AS JSON)"),
        ]);

    /// <summary>Spans.</summary>
    public static SqlView Traces { get; } = new(
        "traces", "hour-*.parquet", "read_parquet({0}, union_by_name = true)",
        [
            ("trace_id", "VARCHAR", "trace_id"), ("span_id", "VARCHAR", "span_id"), ("parent_span_id", "VARCHAR", "parent_span_id"), ("name", "VARCHAR", "name"),
            ("service", "VARCHAR", "service"), ("node", "VARCHAR", "node"), ("start_time", "TIMESTAMP", "make_timestamp(epoch_us(start_time) + start_time_nanos // 1000)"),
            ("duration_ms", "DOUBLE", "duration_nanos / 1e6"), ("status", "VARCHAR", "status"), ("status_message", "VARCHAR", "status_message"), ("kind", "VARCHAR", "kind"),
            ("attributes", "JSON", "CAST(attributes AS JSON)"), ("events", "JSON", "CAST(events AS JSON)"), ("links", "JSON", "CAST(links AS JSON)"),
            ("resource", "JSON", "CAST(resource AS JSON)"), ("scope", "JSON", "CAST(scope AS JSON)"),
        ]);

    /// <summary>The statement that makes it over files.</summary>
    public string ToSql(IReadOnlyList<string> files) =>
        files.Count == 0
            ? $"CREATE VIEW {Name} AS SELECT {string.Join(", ", Columns.Select(static column => $"NULL::{column.Type} AS {column.Name}"))} WHERE false"
            : $"CREATE VIEW {Name} AS SELECT {string.Join(", ", Columns.Select(static column => $"{column.Expression} AS {column.Name}"))} FROM {string.Format(System.Globalization.CultureInfo.InvariantCulture, Source, $"[{string.Join(", ", files.Select(DuckDbSession.Quote))}]")}";
}
