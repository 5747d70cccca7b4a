using System.Text.Json;
using System.Text.Json.Serialization;

namespace VmObs.Import;

/// <summary>How far a file was imported; kept beside it, so that an import that was cut short goes on where it was.</summary>
/// <param name="Beginning">BLAKE3 of the file's first bytes, hexadecimal: tells another file of the same name.</param>
/// <param name="Position">Bytes (uncompressed) that are durable in the engine; the beginning of a line.</param>
/// <param name="Requests">Requests that are durable.</param>
/// <param name="Refused">Records refused so far.</param>
/// <param name="IsComplete">Whether that is all of it.</param>
internal sealed record ImportState(string Beginning, long Position, long Requests, long Refused, bool IsComplete)
{
    /// <summary>Reads a state; null where there is none.</summary>
    /// <exception cref="FormatException">The file holds something else.</exception>
    public static ImportState? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), ImportJson.Default.ImportState) ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new FormatException($"{path}: got {error.Message}, want the state of an import; delete it to begin anew", error);
        }
    }

    /// <summary>Replaces the state in one step.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Write(string path)
    {
        var next = path + ".new";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(this, ImportJson.Default.ImportState));
        File.Move(next, path, overwrite: true);
    }
}

/// <summary>JSON of the state, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ImportState))]
internal sealed partial class ImportJson : JsonSerializerContext;
