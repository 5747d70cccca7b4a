using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>GET /obs/logs: log records as SPEC 2.2's documents. GET /obs/logs/count: how many there are.</summary>
internal sealed class LogsEndpoint(ILogSource logs, Queries queries, TimeProvider time)
{
    /// <summary>Answers with a list of documents.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, [.. LogParameters.Conditions, "from", "to", "last", "limit", "order", "cursor"]);
        var query = LogParameters.ReadPage(parameters, time.GetUtcNow().ToUnixNanos());
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "logs", async running =>
        {
            using var list = new ListAnswer(context, running);
            LogPosition? last = null, next = null;
            var count = 0;
            // One more than is wanted tells whether there is a next page.
            await foreach (var record in logs.FindAsync(query with { Limit = query.Limit + 1 }, running.Budget, running.Cancelled))
            {
                if (++count > query.Limit)
                {
                    next = last;
                    break;
                }
                await list.WriteItemAsync(record.Json.Span);
                if (count == query.Limit)
                    last = LogPosition.Of(record);
            }
            await list.CompleteAsync(next?.ToString());
        });
    }

    /// <summary>Answers with one object a group, the largest first; without "by" with one.</summary>
    public async Task HandleCountAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, [.. LogParameters.Conditions, "from", "to", "last", "by"]);
        var by = parameters.Choice("by", "level", "service");
        var query = LogParameters.ReadRange(parameters, time.GetUtcNow().ToUnixNanos());
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "logs", async running =>
        {
            using var list = new ListAnswer(context, running);
            var counts = await logs.CountAsync(query, running.Budget, running.Cancelled);
            foreach (var group in GroupsOf(counts, by))
            {
                Write(list.Json, by, group);
                await list.EndItemAsync();
            }
            await list.CompleteAsync(nextCursor: null);
        });
    }

    private static IEnumerable<KeyValuePair<string, long>> GroupsOf(IReadOnlyList<LogCount> counts, string? by) =>
        by is null
            ? [new("", counts.Sum(count => count.Lines))]
            : counts.GroupBy(count => by == "level" ? count.Level.Name() : count.Service)
                .Select(group => KeyValuePair.Create(group.Key, group.Sum(count => count.Lines)))
                .OrderByDescending(group => group.Value).ThenBy(group => group.Key, StringComparer.Ordinal);

    private static void Write(Utf8JsonWriter json, string? by, KeyValuePair<string, long> group)
    {
        json.WriteStartObject();
        if (by is not null)
            json.WriteString(by, group.Key);
        json.WriteNumber("count"u8, group.Value);
        json.WriteEndObject();
    }
}
