using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Signals;
using VmObs.Storage.Embedded;

namespace VmObs.Api;

/// <summary>POST /obs/seal: seals every ended hour and answers, when its receipts are durable, with a list of the hours.</summary>
internal sealed class SealEndpoint(EnginePorts ports, Queries queries)
{
    public Task HandleAsync(HttpContext context) => queries.OperateAsync(context, "seal", async running =>
    {
        var hours = await ports.SealAsync(running.Cancelled);
        using var list = new ListAnswer(context, running);
        foreach (var hour in hours)
        {
            Write(list.Json, hour);
            await list.EndItemAsync();
        }
        await list.CompleteAsync(nextCursor: null);
    });

    private static void Write(Utf8JsonWriter json, SealedHour hour)
    {
        json.WriteStartObject();
        json.WriteString("signal"u8, hour.Signal switch { Signal.Metrics => "metrics"u8, Signal.Logs => "logs"u8, _ => "traces"u8 });
        json.WriteStartObject("period"u8);
        json.WriteString("start"u8, Rfc3339.FormatShort(hour.Hour.StartUnixNanos));
        json.WriteString("end"u8, Rfc3339.FormatShort(hour.Hour.EndUnixNanos));
        json.WriteEndObject();
        json.WriteNumber("late_index"u8, hour.LateIndex);
        json.WriteString("storage_path"u8, hour.StoragePath);
        json.WriteString("content_hash"u8, "blake3:" + hour.ContentHash);
        json.WriteNumber("content_length"u8, hour.Length);
        json.WriteEndObject();
    }
}
