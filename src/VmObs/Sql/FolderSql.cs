using System.Text.Json;
using VmObs.Ledger.Remains;
using VmObs.Receipts;

namespace VmObs.Sql;

/// <summary>SQL over a data folder's receipts and sealed files; a running engine is not needed and not in the way. Whoever opens it disposes it.</summary>
internal sealed class FolderSql : IDisposable
{
    private static readonly (string Folder, SqlView View)[] s_signals = [("logs", SqlView.Logs), ("metrics", SqlView.Metrics), ("traces", SqlView.Traces)];

    private readonly DuckDbSession _session = new();

    private FolderSql()
    {
    }

    /// <summary>Files of which a part has expired: their holes are nothing that DuckDB can read.</summary>
    public int PartlyExpired { get; private set; }

    /// <summary>Files of hours that are still open.</summary>
    public int Open { get; private set; }

    /// <summary>Opens a data folder.</summary>
    public static FolderSql Over(string folder)
    {
        var sql = new FolderSql();
        try
        {
            var scroll = Path.Combine(folder, ReceiptFile.RelativePath);
            sql._session.Confine(folder);
            sql._session.Execute(SqlView.Receipts.ToSql(File.Exists(scroll) && new FileInfo(scroll).Length > 0 ? [scroll] : []));
            foreach (var (signal, view) in s_signals)
                sql._session.Execute(view.ToSql(sql.FilesOf(Path.Combine(folder, "telemetry", signal), view.Pattern)));
            return sql;
        }
        catch
        {
            sql.Dispose();
            throw;
        }
    }

    /// <summary>The columns of a statement's result.</summary>
    /// <exception cref="SqlException">It cannot be run.</exception>
    public async Task<IReadOnlyList<SqlColumn>> DescribeAsync(string statement, CancellationToken cancellationToken)
    {
        var columns = new List<SqlColumn>();
        await foreach (var line in _session.TextsAsync($"SELECT CAST(to_json(struct_pack(n := column_name, t := column_type)) AS VARCHAR) FROM (DESCRIBE SELECT * FROM ({Inner(statement)}\n))", cancellationToken))
        {
            using var column = JsonDocument.Parse(line);
            columns.Add(new SqlColumn(column.RootElement.GetProperty("n").GetString()!, column.RootElement.GetProperty("t").GetString()!));
        }
        return columns;
    }

    /// <summary>A statement's rows as JSON objects.</summary>
    /// <exception cref="SqlException">It cannot be run.</exception>
    public IAsyncEnumerable<string> RowsAsync(string statement, IReadOnlyList<SqlColumn> columns, CancellationToken cancellationToken)
    {
        var members = string.Join(", ", columns.Select(static column => $"{DuckDbSession.QuoteName(column.Name)} := {column.ToExpression()}"));
        return _session.TextsAsync($"SELECT CAST(to_json(struct_pack({members})) AS VARCHAR) FROM ({Inner(statement)}\n)", cancellationToken);
    }

    public void Dispose() => _session.Dispose();

    // The statement becomes a part of ours.
    private static string Inner(string statement) => statement.Trim().TrimEnd(';');

    private List<string> FilesOf(string folder, string pattern)
    {
        if (!Directory.Exists(folder))
            return [];
        Open += Directory.EnumerateFiles(folder, pattern + ".open", SearchOption.AllDirectories).Count();
        var files = Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToLookup(static path => File.Exists(path + RemainsHead.Suffix));
        PartlyExpired += files[true].Count();
        return [.. files[false]];
    }
}
