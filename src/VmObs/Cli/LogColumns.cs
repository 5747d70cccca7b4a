using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>How log documents stand in tables.</summary>
internal static class LogColumns
{
    private static readonly TableColumn[] s_head =
    [
        new("TIME", static log => log.Field("timestamp"), static _ => CellStyle.Dim),
        new("LEVEL", static log => log.Field("level"), static log => CellStyles.OfLevel(log.Field("level"))),
        TableColumn.Of("SERVICE", "service"), new("NODE", static log => log.Node()),
    ];

    private static readonly OutputColumn[] s_fields =
    [
        OutputColumn.Time("timestamp"), OutputColumn.Text("level"), OutputColumn.Text("service"), OutputColumn.Text("node"), OutputColumn.Text("message"),
        OutputColumn.Text("attributes"), OutputColumn.Text("trace_id"), OutputColumn.Text("span_id"), OutputColumn.Text("caller"), OutputColumn.Text("log_id"),
    ];

    /// <summary>The listing of log documents.</summary>
    /// <param name="fields">Fields that stand in the table instead of all attributes, with commas; null for those.</param>
    public static Listing Listing(string? fields) =>
        new("logs", "log records", [.. s_head, TableColumn.Of("MESSAGE", "message"), .. fields is null ? [new TableColumn("ATTRIBUTES", Attributes, static _ => CellStyle.Dim)] : Chosen(fields)], s_fields);

    private static IEnumerable<TableColumn> Chosen(string fields) =>
        fields.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(path => new TableColumn(path.ToUpperInvariant(), log => At(log, path)));

    // user.id=7 status=500 trace_id=…: what one looks for on a line, in a line.
    private static string Attributes(JsonElement log)
    {
        var pairs = new List<string>();
        if (log.TryGetProperty("attributes", out var attributes) && attributes.ValueKind == JsonValueKind.Object)
            pairs.AddRange(attributes.EnumerateObject().Select(static member => $"{member.Name}={Text(member.Value)}"));
        foreach (var name in (ReadOnlySpan<string>)["trace_id", "span_id", "caller"])
        {
            if (log.Field(name) is { Length: > 0 } value)
                pairs.Add($"{name}={value}");
        }
        return string.Join(' ', pairs);
    }

    /// <summary>As filters find a field: a dot leads into an object or is part of a name, and what the document has not is looked for in its attributes.</summary>
    private static string At(JsonElement log, string path) =>
        Find(log, path) is { } value ? Text(value)
        : log.TryGetProperty("attributes", out var attributes) && Find(attributes, path) is { } attribute ? Text(attribute)
        : "";

    private static JsonElement? Find(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        if (element.TryGetProperty(path, out var value))
            return value;
        for (var dot = path.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = path.IndexOf('.', dot + 1))
        {
            if (element.TryGetProperty(path[..dot], out var inner) && Find(inner, path[(dot + 1)..]) is { } found)
                return found;
        }
        return null;
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Null => "",
        _ => value.GetRawText(),
    };
}
