using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Query.Documents;
using VmObs.Query.Traces;
using VmObs.Signals;
using VmObs.Signals.Filters;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;

namespace VmObs.Api;

/// <summary>GET /obs/traces: traces that answer a query, newest first.</summary>
internal sealed class TracesEndpoint(ITraceSource traces, Queries queries, TimeProvider time)
{
    private const long DefaultLastNanos = HourId.LengthNanos;
    private const int MaxLimit = 10_000;

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(
            context.Request.Query, "from", "to", "last", "service", "name", "duration", "min_duration", "max_duration", "status", "tag*", "filter", "limit", "cursor");
        var query = Read(parameters, time.GetUtcNow().ToUnixNanos());
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "traces", async running =>
        {
            using var list = new ListAnswer(context, running);
            FoundTrace? last = null;
            await foreach (var trace in traces.SearchAsync(query with { Budget = running.Budget }, running.Cancelled))
            {
                FoundTraceDocument.Write(list.Json, trace);
                await list.EndItemAsync();
                last = trace;
            }
            await list.CompleteAsync(running.Results == query.Limit ? last!.Place.ToString() : null);
        });
    }

    private static TraceQuery Read(QueryParameters parameters, long nowUnixNanos)
    {
        var range = parameters.Range(nowUnixNanos, DefaultLastNanos);
        var bounds = Bounds(parameters);
        return new TraceQuery(range.FromUnixNanos, range.ToUnixNanos)
        {
            Service = parameters.Text("service"),
            Name = parameters.Text("name"),
            MinDurationNanos = bounds.MinNanos,
            MaxDurationNanos = bounds.MaxNanos,
            Failed = parameters.Choice("status", "ok", "error") is { } status ? status == "error" : null,
            Tags = [.. Tags(parameters)],
            Filter = ReadFilter(parameters),
            After = Cursor(parameters),
            Limit = parameters.Integer("limit", 20, 1, MaxLimit),
        };
    }

    // Whatever is given must hold together.
    private static DurationBounds Bounds(QueryParameters parameters)
    {
        var bounds = DurationBounds.None;
        if (parameters.Text("duration") is { } both && !DurationBounds.TryParse(both, out bounds))
            parameters.Fail("duration", both, DurationBounds.Wanted);
        return new DurationBounds(
            Math.Max(bounds.MinNanos, Bound(parameters, "min_duration", long.MinValue)), Math.Min(bounds.MaxNanos, Bound(parameters, "max_duration", long.MaxValue)));
    }

    private static long Bound(QueryParameters parameters, string name, long otherwise)
    {
        if (parameters.Text(name) is not { } text)
            return otherwise;
        if (DurationBounds.TryParseNanos(text, out var nanos))
            return nanos;
        parameters.Fail(name, text, DurationBounds.BoundWanted);
        return otherwise;
    }

    private static IEnumerable<KeyValuePair<string, string>> Tags(QueryParameters parameters)
    {
        foreach (var text in parameters.Texts("tag"))
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                yield return KeyValuePair.Create(text[..equals], text[(equals + 1)..]);
            else
                parameters.Fail("tag", text, "a name and a value such as http.method=POST");
        }
    }

    private static Filter? ReadFilter(QueryParameters parameters)
    {
        if (parameters.Text("filter") is not { } text)
            return null;
        if (!Filter.TryParse(text, out var filter, out var error))
            parameters.Fail("filter", text, $"a condition (docs/ask/filters.md): {error}");
        return filter;
    }

    private static TracePlace? Cursor(QueryParameters parameters)
    {
        if (parameters.Text("cursor") is not { } text)
            return null;
        if (TracePlace.TryParse(text, out var place))
            return place;
        parameters.Fail("cursor", text, "what an answer before gave as next cursor");
        return null;
    }
}
