using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Query.Documents;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;

namespace VmObs.Api;

/// <summary>GET /obs/traces/{id}: a trace as SPEC 2.3's document.</summary>
internal sealed class TraceEndpoint(ITraceSource traces, QueryTelemetry telemetry)
{
    public async Task HandleAsync(HttpContext context)
    {
        var text = (string)context.Request.RouteValues["id"]!;
        // The SPEC writes ids as "trace-abc123…"; the bytes are what follows.
        var digits = text.StartsWith("trace-", StringComparison.Ordinal) ? text["trace-".Length..] : text;
        if (!TraceId.TryParse(digits, out var id))
        {
            await Problem.BadParameter("id", text, "a trace id: 32 hexadecimal digits").WriteAsync(context);
            return;
        }
        using var running = telemetry.Begin("trace");
        var spans = await traces.GetAsync(id, context.RequestAborted);
        running.Results = spans.Count;
        if (spans.Count == 0)
        {
            await Problem.NotFound("no such trace", "id", id.ToString(), "a trace that was received and has not expired").WriteAsync(context);
            return;
        }
        using var body = new PooledBuffer(16 * 1024);
        using (var json = new Utf8JsonWriter(body, NdjsonStream.JsonOptions))
            TraceDocument.Write(json, spans);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }
}
