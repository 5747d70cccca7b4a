using System.Text.Json;

namespace VmObs.Cli.Output;

/// <summary>The documents as a table for people.</summary>
internal sealed class TableOutput(Terminal terminal, IReadOnlyList<TableColumn> columns) : IDocumentOutput
{
    private readonly TableWriter _table = new(terminal, [.. columns.Select(static column => column.Head)]);

    public ValueTask WriteAsync(string line)
    {
        using var document = JsonDocument.Parse(line);
        return _table.AddAsync([.. columns.Select(column => (column.Cell(document.RootElement), column.Style?.Invoke(document.RootElement) ?? CellStyle.Plain))]);
    }

    public ValueTask FlushAsync() => _table.FlushAsync();

    public ValueTask CompleteAsync() => FlushAsync();

    public void Dispose()
    {
    }
}
