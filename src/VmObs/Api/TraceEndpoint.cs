using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Query.Documents;
using VmObs.Query.Traces;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>GET /obs/traces/{id}: a trace as SPEC 2.3's document. GET /obs/traces/{id}/analysis: where its time went.</summary>
internal sealed class TraceEndpoint(ITraceSource traces, Queries queries)
{
    public Task HandleAsync(HttpContext context) => queries.RunAsync(context, "trace", running => AnswerAsync(context, running));

    public async Task HandleAnalysisAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, "compare");
        var compares = parameters.Choice("compare", "true", "false") != "false";
        if (parameters.Problem is { } problem)
            await problem.WriteAsync(context);
        else
            await queries.RunAsync(context, "trace_analysis", running => AnalyzeAsync(context, running, compares));
    }

    private async Task AnswerAsync(HttpContext context, RunningQuery running)
    {
        if (await ReadAsync(context, running) is { } spans)
            await AnswerAsync(context, json => TraceDocument.Write(json, spans));
    }

    private async Task AnalyzeAsync(HttpContext context, RunningQuery running, bool compares)
    {
        if (await ReadAsync(context, running) is not { } spans)
            return;
        var analysis = TraceAnalysis.Of(spans);
        var usual = compares ? await new SpanComparison(traces).CompareAsync(analysis, analysis.Bottleneck, running.Budget, running.Cancelled) : null;
        await AnswerAsync(context, json => TraceAnalysisDocument.Write(json, analysis, usual));
    }

    /// <summary>The spans of the trace that was asked for; null where the request is answered by why there are none.</summary>
    private async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>?> ReadAsync(HttpContext context, RunningQuery running)
    {
        var (spans, problem) = await new TraceLookup(traces, running).FindAsync((string)context.Request.RouteValues["id"]!);
        running.Results = spans.Count;
        if (problem is null)
            return spans;
        await problem.WriteAsync(context);
        return null;
    }

    private static async Task AnswerAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        using var body = new PooledBuffer(16 * 1024);
        using (var json = new Utf8JsonWriter(body, AnswerJson.Options))
            write(json);
        await DocumentAnswer.WriteAsync(context, "application/json", body.WrittenMemory);
    }
}
