using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Receipts;
using VmObs.Storage.Embedded;

namespace VmObs.Api;

/// <summary>POST /obs/expire: runs a round of retention, or with dry_run=true shows one, and answers with one object for each file that it changes.</summary>
internal sealed class ExpireEndpoint(EnginePorts ports, QueryTelemetry telemetry)
{
    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, "dry_run");
        var isDry = parameters.Choice("dry_run", "true", "false") == "true";
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        using var running = telemetry.Begin("expire");
        var result = await (isDry ? ports.PlanExpiryAsync : ports.ExpireAsync)(context.RequestAborted);
        running.Results = result.Hours.Count;
        using var lines = new NdjsonStream(context);
        foreach (var hour in result.Hours)
        {
            Write(lines.Json, hour);
            await lines.EndLineAsync();
        }
        foreach (var failure in result.Failures)
        {
            lines.Json.WriteStartObject();
            lines.Json.WriteString("failure"u8, failure);
            lines.Json.WriteEndObject();
            await lines.EndLineAsync();
        }
        await lines.CompleteAsync();
    }

    private static void Write(Utf8JsonWriter json, ExpiredHour hour)
    {
        json.WriteStartObject();
        RetentionReceipt.WriteFacts(json, hour);
        json.WriteEndObject();
    }
}
