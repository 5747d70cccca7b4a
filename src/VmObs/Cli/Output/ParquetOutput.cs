using System.Globalization;
using System.Text;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Storage.Parquet;

namespace VmObs.Cli.Output;

/// <summary>A Parquet file with a row a document, written to a stream as its row groups fill. A value that is not of its column's type is none.</summary>
internal sealed class ParquetOutput(Stream output, string table, IReadOnlyList<OutputColumn> columns) : IDocumentOutput
{
    private readonly FlatTableWriter _writer = new(output, table, [.. columns.Select(static column => new FlatColumn(column.Name, column.Type))]);
    private readonly PooledBuffer _text = new();

    public ValueTask WriteAsync(string line)
    {
        using var document = JsonDocument.Parse(line);
        for (var i = 0; i < columns.Count; i++)
            Set(i, columns[i].Type, columns[i].Select(document.RootElement));
        _writer.EndRow();
        return ValueTask.CompletedTask;
    }

    // A file without its end is none: there is nothing to show before.
    public ValueTask FlushAsync() => ValueTask.CompletedTask;

    public async ValueTask CompleteAsync()
    {
        _writer.Complete();
        await output.FlushAsync();
    }

    public void Dispose()
    {
        _writer.Dispose();
        _text.Dispose();
    }

    private void Set(int column, FlatColumnType type, JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return;
        var text = CsvOutput.TextOf(value);
        switch (type)
        {
            case FlatColumnType.Text:
                _text.Clear();
                _text.Advance(Encoding.UTF8.GetBytes(text, _text.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
                _writer.SetText(column, _text.WrittenSpan);
                break;
            case FlatColumnType.Time when Rfc3339.TryParse(text, out var time):
                _writer.SetInteger(column, time);
                break;
            case FlatColumnType.Integer when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer):
                _writer.SetInteger(column, integer);
                break;
            case FlatColumnType.Double when TryParse(text, out var number):
                _writer.SetDouble(column, number);
                break;
            default:
                break;
        }
    }

    private static bool TryParse(string text, out double number)
    {
        number = text switch { "+Inf" => double.PositiveInfinity, "-Inf" => double.NegativeInfinity, "NaN" => double.NaN, _ => 0 };
        return number != 0 || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);
    }
}
