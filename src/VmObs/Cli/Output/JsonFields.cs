using System.Text.Json;
using VmObs.Signals;

namespace VmObs.Cli.Output;

/// <summary>Reads members for a table's cells.</summary>
internal static class JsonFields
{
    /// <summary>A member as text; empty when it is not there.</summary>
    public static string Field(this JsonElement element, string name) =>
        !element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? ""
        : value.ValueKind == JsonValueKind.String ? value.GetString()!
        : value.GetRawText();

    /// <summary>A member that names a node, in its short spelling.</summary>
    public static string Node(this JsonElement element) => NodeName.ToShort(element.Field("node"));
}
