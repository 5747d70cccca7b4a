using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace VmObs.Demo;

/// <summary>JSON documents, one a line: the body of a request.</summary>
internal sealed class DocumentLines : IDisposable
{
    private readonly ArrayBufferWriter<byte> _bytes = new(64 * 1024);
    private readonly Utf8JsonWriter _json;

    public DocumentLines() => _json = new Utf8JsonWriter(_bytes);

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Begins a document: an object.</summary>
    public Utf8JsonWriter Begin()
    {
        _json.Reset();
        _json.WriteStartObject();
        return _json;
    }

    /// <summary>Ends it.</summary>
    public void End()
    {
        _json.WriteEndObject();
        _json.Flush();
        EndLine();
    }

    /// <summary>Takes a document over as it is.</summary>
    public void Add(ReadOnlySpan<byte> document)
    {
        _bytes.Write(document);
        EndLine();
    }

    /// <summary>Writes members whose values are texts or numbers.</summary>
    public static void WriteFields(Utf8JsonWriter json, IEnumerable<(string Name, object Value)> fields)
    {
        foreach (var (name, value) in fields)
        {
            json.WritePropertyName(name);
            switch (value)
            {
                case string text: json.WriteStringValue(text); break;
                case int number: json.WriteNumberValue(number); break;
                default: json.WriteNumberValue((double)value); break;
            }
        }
    }

    /// <summary>A time as the SPEC writes it.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private void EndLine()
    {
        _bytes.Write("\n"u8);
        Count++;
    }

    public void Dispose() => _json.Dispose();
}
