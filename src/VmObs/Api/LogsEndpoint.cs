using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>GET /obs/logs: log records as SPEC 2.2's documents, one a line.</summary>
internal sealed class LogsEndpoint(ILogSource logs, Queries queries, TimeProvider time)
{
    private const long DefaultLastNanos = HourId.LengthNanos;

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, "from", "to", "last", "service", "node", "level", "text", "limit", "order");
        var query = Read(parameters, time.GetUtcNow().ToUnixNanos());
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "logs", async running =>
        {
            using var list = new ListAnswer(context, running);
            await foreach (var record in logs.FindAsync(query, running.Cancelled))
                await list.WriteItemAsync(record.Json.Span);
            await list.CompleteAsync(nextCursor: null);
        });
    }

    private static LogQuery Read(QueryParameters parameters, long nowUnixNanos)
    {
        var range = parameters.Range(nowUnixNanos, DefaultLastNanos);
        var level = parameters.Choice("level", "trace", "debug", "info", "warn", "error", "fatal");
        return new LogQuery(range.FromUnixNanos, range.ToUnixNanos)
        {
            Service = parameters.Text("service"),
            Node = parameters.Text("node") is { } node ? NodeName.ToShort(node) : null,
            MinLevel = Levels.TryParse(level, out var min) ? min : Level.Trace,
            Text = parameters.Text("text"),
            Limit = parameters.Integer("limit", 100, 1, 100_000),
            NewestFirst = parameters.Choice("order", "newest", "oldest") != "oldest",
        };
    }
}
