using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Signals;

namespace VmObs.Api;

/// <summary>GET /obs/health: 200 while data is taken, 503 while the store refuses it.</summary>
internal sealed class HealthEndpoint(EnginePorts ports, TimeProvider time)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();

    public async Task HandleAsync(HttpContext context)
    {
        var vitals = ports.Vitals();
        using var body = new PooledBuffer(512);
        using (var json = new Utf8JsonWriter(body, NdjsonStream.JsonOptions))
            Write(json, vitals);
        context.Response.StatusCode = vitals.Failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private void Write(Utf8JsonWriter json, EngineVitals vitals)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, vitals.Failure is null ? "ok"u8 : "failing"u8);
        if (vitals.Failure is not null)
            json.WriteString("failure"u8, vitals.Failure);
        json.WriteString("version"u8, ProductVersion.Text);
        json.WriteString("started_at"u8, Rfc3339.Format(_started.ToUnixNanos()));
        json.WriteNumber("uptime_seconds"u8, (long)(time.GetUtcNow() - _started).TotalSeconds);
        json.WriteStartObject("open_hours"u8);
        json.WriteNumber("metrics"u8, vitals.OpenHours.GetValueOrDefault(Signal.Metrics));
        json.WriteNumber("logs"u8, vitals.OpenHours.GetValueOrDefault(Signal.Logs));
        json.WriteNumber("traces"u8, vitals.OpenHours.GetValueOrDefault(Signal.Traces));
        json.WriteEndObject();
        json.WriteNumber("head_bytes"u8, vitals.HeadBytes);
        json.WriteNumber("head_budget_bytes"u8, vitals.HeadBudgetBytes);
        json.WriteNumber("receipts"u8, vitals.Receipts);
        json.WriteEndObject();
    }
}
