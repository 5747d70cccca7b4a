using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Receipts;
using VmObs.Storage.Embedded;

namespace VmObs.Api;

/// <summary>POST /obs/expire: runs a round of retention, or with dry_run=true shows one, and answers with a list of the files that it changes.</summary>
internal sealed class ExpireEndpoint(EnginePorts ports, Queries queries)
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
        await queries.OperateAsync(context, "expire", async running =>
        {
            var result = await (isDry ? ports.PlanExpiryAsync : ports.ExpireAsync)(running.Cancelled);
            using var list = new ListAnswer(context, running);
            foreach (var hour in result.Hours)
            {
                Write(list.Json, hour);
                await list.EndItemAsync();
            }
            foreach (var failure in result.Failures)
            {
                list.Json.WriteStartObject();
                list.Json.WriteString("failure"u8, failure);
                list.Json.WriteEndObject();
                await list.EndItemAsync();
            }
            await list.CompleteAsync(nextCursor: null);
        });
    }

    private static void Write(Utf8JsonWriter json, ExpiredHour hour)
    {
        json.WriteStartObject();
        RetentionReceipt.WriteFacts(json, hour);
        json.WriteEndObject();
    }
}
