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
        using (var json = new Utf8JsonWriter(body, AnswerJson.Options))
            Write(json, vitals);
        context.Response.StatusCode = vitals.Failure is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private void Write(Utf8JsonWriter json, EngineVitals vitals)
    {
        json.WriteStartObject();
        json.WriteString("status"u8, vitals.Failure is not null ? "failing"u8 : vitals.Refused.Count > 0 ? "degraded"u8 : "ok"u8);
        if (vitals.Failure is not null)
            json.WriteString("failure"u8, vitals.Failure);
        WriteRefusals(json, vitals);
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
        json.WriteStartObject("disk"u8);
        json.WriteNumber("free_bytes"u8, vitals.Disk.FreeBytes);
        json.WriteNumber("total_bytes"u8, vitals.Disk.TotalBytes);
        json.WriteEndObject();
        json.WriteStartObject("addresses"u8);
        foreach (var (name, url) in ports.Addresses())
            json.WriteString(name, url);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRefusals(Utf8JsonWriter json, EngineVitals vitals)
    {
        if (vitals.Outage is { } outage)
        {
            json.WriteStartObject("outage"u8);
            json.WriteString("failure"u8, outage.Failure);
            json.WriteString("since"u8, Rfc3339.Format(outage.Since.ToUnixNanos()));
            if (outage.HealedAt is { } healed)
                json.WriteString("healed_at"u8, Rfc3339.Format(healed.ToUnixNanos()));
            json.WriteEndObject();
        }
        if (vitals.Refused.Count == 0)
            return;
        json.WriteStartObject("refused"u8);
        foreach (var (what, failure) in vitals.Refused.OrderBy(refused => refused.Key, StringComparer.Ordinal))
            json.WriteString(what, failure);
        json.WriteEndObject();
    }
}
