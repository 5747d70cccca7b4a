using System.Text.Json;
using VmObs.Storage.Parquet;

namespace VmObs.Cli.Output;

/// <summary>A column of csv and parquet: where its value stands in a document, and what it is.</summary>
/// <param name="Name">Its head.</param>
/// <param name="Type">What its values are; objects and arrays are compact JSON in a text column.</param>
/// <param name="Select">The value; <see cref="JsonValueKind.Undefined"/> where a document has none.</param>
internal sealed record OutputColumn(string Name, FlatColumnType Type, Func<JsonElement, JsonElement> Select)
{
    /// <summary>A text, or whatever else stands there as JSON.</summary>
    /// <param name="name">The column's name.</param>
    /// <param name="path">The members that lead to the value; none: the member of the column's name.</param>
    public static OutputColumn Text(string name, params string[] path) => new(name, FlatColumnType.Text, At(name, path));

    /// <summary>A whole number; decimal strings, as the engine writes those beyond 2^53, are numbers too.</summary>
    public static OutputColumn Integer(string name, params string[] path) => new(name, FlatColumnType.Integer, At(name, path));

    /// <summary>A number; the strings "NaN", "+Inf" and "-Inf" are numbers too.</summary>
    public static OutputColumn Double(string name, params string[] path) => new(name, FlatColumnType.Double, At(name, path));

    /// <summary>An RFC 3339 time.</summary>
    public static OutputColumn Time(string name, params string[] path) => new(name, FlatColumnType.Time, At(name, path));

    /// <summary>The whole document as JSON.</summary>
    public static OutputColumn Document(string name) => new(name, FlatColumnType.Text, static document => document);

    private static Func<JsonElement, JsonElement> At(string name, string[] path)
    {
        if (path.Length == 0)
            path = [name];
        return document =>
        {
            foreach (var member in path)
            {
                if (document.ValueKind != JsonValueKind.Object || !document.TryGetProperty(member, out document))
                    return default;
            }
            return document;
        };
    }
}
