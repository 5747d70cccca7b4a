using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Logs;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What a stored log line says about itself.</summary>
/// <param name="TimestampUnixNanos">Its "timestamp".</param>
/// <param name="Level">Its "level".</param>
/// <param name="Service">Its "service".</param>
/// <param name="Node">Its "node", short.</param>
internal readonly record struct LogLineFields(long TimestampUnixNanos, Level Level, string Service, string Node)
{
    /// <summary>Reads a line; null when it is not a document that the store writes.</summary>
    public static LogLineFields? TryRead(ReadOnlySpan<byte> line)
    {
        string? timestamp = null, level = null, service = null, node = null;
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            // The store writes log_id, timestamp, level, service and node first, in this order.
            while (node is null && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString();
                reader.Read();
                if (reader.TokenType != JsonTokenType.String)
                    return null;
                switch (name)
                {
                    case "timestamp": timestamp = reader.GetString(); break;
                    case "level": level = reader.GetString(); break;
                    case "service": service = reader.GetString(); break;
                    case "node": node = reader.GetString(); break;
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The latter is what Utf8JsonReader says of texts that are not UTF-8.
            return null;
        }
        return Rfc3339.TryParse(timestamp, out var time) && Levels.TryParse(level, out var parsed) && service is not null && node is not null
            ? new LogLineFields(time, parsed, service, NodeName.ToShort(node))
            : null;
    }
}
