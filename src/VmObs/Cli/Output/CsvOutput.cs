using System.Buffers;
using System.Text.Json;

namespace VmObs.Cli.Output;

/// <summary>RFC 4180: a header line, then a record a document; lines end in CR LF, as the RFC has it.</summary>
/// <remarks><code>timestamp,message\r\n2025-12-06T14:30:15.123Z,"said ""no"", twice"\r\n</code></remarks>
internal sealed class CsvOutput(TextWriter output, IReadOnlyList<OutputColumn> columns) : IDocumentOutput
{
    private static readonly SearchValues<char> s_quoted = SearchValues.Create(",\"\r\n");

    private bool _hasHeader;

    public async ValueTask WriteAsync(string line)
    {
        await WriteHeaderAsync();
        using var document = JsonDocument.Parse(line);
        for (var i = 0; i < columns.Count; i++)
            await WriteCellAsync(i, TextOf(columns[i].Select(document.RootElement)));
    }

    public async ValueTask FlushAsync()
    {
        await WriteHeaderAsync();
        await output.FlushAsync();
    }

    public ValueTask CompleteAsync() => FlushAsync();

    public void Dispose()
    {
    }

    /// <summary>A value as the text of a cell.</summary>
    public static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString()!,
        _ => value.GetRawText(),
    };

    private async ValueTask WriteHeaderAsync()
    {
        if (_hasHeader)
            return;
        _hasHeader = true;
        for (var i = 0; i < columns.Count; i++)
            await WriteCellAsync(i, columns[i].Name);
    }

    private async ValueTask WriteCellAsync(int column, string text)
    {
        if (column > 0)
            await output.WriteAsync(",");
        await output.WriteAsync(text.AsSpan().ContainsAny(s_quoted) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text);
        if (column == columns.Count - 1)
            await output.WriteAsync("\r\n");
    }
}
