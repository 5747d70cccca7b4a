using System.Text.Json;

namespace VmObs.Cli.Output;

/// <summary>A column of a table for people.</summary>
/// <param name="Head">Its head, in capitals.</param>
/// <param name="Cell">A document's text in it.</param>
/// <param name="Style">How that is painted; null for plainly.</param>
internal sealed record TableColumn(string Head, Func<JsonElement, string> Cell, Func<JsonElement, CellStyle>? Style = null)
{
    /// <summary>A member of the document, by its name.</summary>
    public static TableColumn Of(string head, string member) => new(head, document => document.Field(member));
}
