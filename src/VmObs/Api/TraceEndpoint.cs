using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Query.Documents;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;

namespace VmObs.Api;

/// <summary>GET /obs/traces/{id}: a trace as SPEC 2.3's document.</summary>
internal sealed class TraceEndpoint(ITraceSource traces, Queries queries)
{
    private const string Wanted = "a trace id: 32 hexadecimal digits, or the text under which a SPEC document was sent";

    public async Task HandleAsync(HttpContext context)
    {
        var text = (string)context.Request.RouteValues["id"]!;
        var name = Encoding.UTF8.GetBytes(text);
        if (name.Length > SpanIds.MaxBytes)
        {
            await Problem.BadParameter("id", text, Wanted).WriteAsync(context);
            return;
        }
        var id = SpanIds.TraceOf(name);
        await queries.RunAsync(context, "trace", running => AnswerAsync(context, text, id, running));
    }

    private async Task AnswerAsync(HttpContext context, string text, TraceId id, RunningQuery running)
    {
        var spans = await traces.GetAsync(id, running.Cancelled);
        running.Results = spans.Count;
        if (spans.Count == 0)
        {
            // A text that is no id of W3C's is far more often a mistake than the name of a trace that has gone.
            if (!IsW3C(text))
                await Problem.BadParameter("id", text, Wanted).WriteAsync(context);
            else
                await Problem.NotFound("no such trace", "id", id.ToString(), "a trace that was received and has not expired").WriteAsync(context);
            return;
        }
        using var body = new PooledBuffer(16 * 1024);
        using (var json = new Utf8JsonWriter(body, NdjsonStream.JsonOptions))
            TraceDocument.Write(json, spans);
        await DocumentAnswer.WriteAsync(context, "application/json", body.WrittenMemory);
    }

    private static bool IsW3C(string text) => TraceId.TryParse(text.StartsWith("trace-", StringComparison.Ordinal) ? text["trace-".Length..] : text, out _);
}
