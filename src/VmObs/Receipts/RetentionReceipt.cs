using System.Text.Json;
using VmObs.Signals;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts;

/// <summary>The members of an obs_retention: what expired of a sealed hour, and what remains. Format: docs/format/receipts.md.</summary>
internal static class RetentionReceipt
{
    public const string Type = "obs_retention";

    private const string Hash = "blake3:";

    /// <summary>The same fact has the same key.</summary>
    public static string KeyOf(ExpiredHour hour) => $"retention:{hour.StoragePath}{(hour.Rest is { } rest ? $":{rest.OutboardHead}" : "")}";

    /// <summary>Writes them.</summary>
    public static void Write(Utf8JsonWriter json, long seq, ExpiredHour hour)
    {
        json.WriteString("type", Type);
        json.WriteString("retention_id", ReceiptWriter.Id("retention", hour.AtUnixNanos, seq));
        json.WriteString("timestamp", Rfc3339.FormatShort(hour.AtUnixNanos));
        WriteFacts(json, hour);
        ReceiptWriter.WriteTags(json, ["observability", "retention"]);
    }

    /// <summary>Writes what went and what remains.</summary>
    public static void WriteFacts(Utf8JsonWriter json, ExpiredHour hour)
    {
        json.WriteString("storage_path", hour.StoragePath);
        json.WriteString("content_hash", Hash + hour.ContentHash);
        json.WriteString("reason", Reason(hour.Reason));
        json.WriteStartObject("dropped");
        WriteClasses(json, hour.Dropped, hour.DroppedBytes);
        json.WriteEndObject();
        if (hour.Rest is { } rest)
        {
            json.WriteStartObject("remains");
            WriteClasses(json, rest.Classes, rest.Bytes);
            if (rest.OutboardHead is { } head)
                json.WriteString("outboard_head", Hash + head);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("remains");
        }
    }

    /// <summary>What the engine needs to know of one at its start.</summary>
    public static ExpiredHourReceipt Read(JsonElement receipt) => new(
        receipt.GetProperty("storage_path").GetString()!,
        receipt.GetProperty("remains") is { ValueKind: JsonValueKind.Object } remains ? remains.GetProperty("outboard_head").GetString()![Hash.Length..] : null);

    /// <summary>"age", "size".</summary>
    public static string Reason(ExpiryReason reason) => reason == ExpiryReason.Age ? "age" : "size";

    private static void WriteClasses(Utf8JsonWriter json, ExpiryClasses classes, long bytes)
    {
        json.WriteStartArray("classes");
        foreach (var name in classes.Names)
            json.WriteStringValue(name);
        json.WriteEndArray();
        ReceiptWriter.WriteInteger(json, "bytes", bytes);
    }
}
