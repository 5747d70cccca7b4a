using System.CommandLine;
using VmObs.Cli.Output;
using VmObs.Sql;
using VmObs.Storage.Parquet;

namespace VmObs.Cli;

/// <summary>vm-obs sql "select …": SQL over a data folder, without an engine.</summary>
internal sealed class SqlCommand(Terminal terminal, ClientOptions options)
{
    private readonly Argument<string> _statement = new("STATEMENT") { Description = "One statement that gives rows; DuckDB's SQL." };
    private readonly Option<string> _data = new("--data") { Description = "The data folder.", DefaultValueFactory = _ => "./data", HelpName = "DIR" };

    public Command Create()
    {
        var sql = new DocumentedCommand(
            "sql", "Runs SQL over the receipts and sealed hours of a data folder: views receipts, logs, metrics and traces (docs/ask/sql.md). Reads only; needs no engine.",
            "vm-obs sql \"select level, count(*) from logs group by level\"",
            "vm-obs sql \"select service, quantile_cont(duration_ms, 0.99) p99 from traces group by service order by p99 desc\"",
            "vm-obs sql \"select type, count(*) n, max(timestamp) latest from receipts group by type\" --data /var/lib/vm-obs",
            "vm-obs sql \"select timestamp, node, value from metrics where metric = 'cpu_percent'\" --output parquet > cpu.parquet")
        {
            _statement, _data, options.Output,
        };
        sql.SetAction(RunAsync);
        return sql;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(parsed.GetValue(_data)!);
        if (!Directory.Exists(Path.Combine(folder, "receipts")) && !Directory.Exists(Path.Combine(folder, "telemetry")))
            throw new CliException(ExitCodes.Findings, $"{folder}: found neither receipts nor telemetry, want a data folder (--data)");
        try
        {
            using var sql = FolderSql.Over(folder);
            await TellAsync(sql);
            var statement = parsed.GetValue(_statement)!;
            var columns = await sql.DescribeAsync(statement, cancellationToken);
            await ListingOf(columns).ShowAsync(terminal, options, parsed, sql.RowsAsync(statement, columns, cancellationToken));
            return ExitCodes.Ok;
        }
        catch (SqlException error)
        {
            // What follows the first paragraph shows the statement as a part of ours.
            throw new CliException(ExitCodes.Usage, error.Message.Split("\n\n")[0].TrimEnd());
        }
        catch (DllNotFoundException error)
        {
            throw new CliException(ExitCodes.Findings, $"sql: DuckDB's library is not beside the program: {error.Message.Split('\n')[0]}");
        }
    }

    private async Task TellAsync(FolderSql sql)
    {
        if (sql.PartlyExpired > 0)
            await terminal.Error.WriteLineAsync($"note: {sql.PartlyExpired} files of which a part has expired are left out; a running engine answers for what remains of them");
        if (sql.Open > 0)
            await terminal.Error.WriteLineAsync(terminal.Hint($"note: {sql.Open} open hours are left out; `vm-obs seal` closes those that have ended"));
    }

    private static Listing ListingOf(IReadOnlyList<SqlColumn> columns) => new(
        "rows", "rows",
        [.. columns.Select(static column => new TableColumn(column.Name, row => CsvOutput.TextOf(row.GetProperty(column.Name))))],
        [.. columns.Select(static column => new OutputColumn(column.Name, TypeOf(column), row => row.GetProperty(column.Name)))]);

    private static FlatColumnType TypeOf(SqlColumn column) =>
        column.IsTime ? FlatColumnType.Time : column.IsInteger ? FlatColumnType.Integer : column.IsNumber ? FlatColumnType.Double : FlatColumnType.Text;
}
