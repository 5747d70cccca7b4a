using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Query.Documents;
using VmObs.Query.Metrics;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>GET /obs/metrics: samples, series after series, each in order of time.</summary>
internal sealed class MetricsEndpoint(IMetricSource metrics, Queries queries, TimeProvider time)
{
    private const long DefaultLastNanos = HourId.LengthNanos;

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, [.. MetricParameters.Names, "limit", "cursor"]);
        var (query, category) = MetricParameters.Read(parameters, time.GetUtcNow().ToUnixNanos(), DefaultLastNanos);
        var limit = parameters.Integer("limit", 10_000, 1, 100_000);
        var cursor = parameters.Text("cursor") is { } text ? MetricCursor.TryParse(text) : null;
        if (cursor is null && parameters.Text("cursor") is { } broken)
            parameters.Fail("cursor", broken, "the cursor of an earlier answer");
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        if (cursor is not null)
            query = query with { FromUnixNanos = cursor.FromUnixNanos, ToUnixNanos = cursor.ToUnixNanos, FromKey = cursor.Key };
        await queries.RunAsync(context, "metrics", async running =>
        {
            using var list = new ListAnswer(context, running);
            var next = await WriteAsync(list, running, query with { WithDetails = true, Budget = running.Budget }, category, limit, cursor);
            await list.CompleteAsync(next?.ToString());
        });
    }

    /// <summary>Writes samples, as many as may be; returns where they go on.</summary>
    private async Task<MetricCursor?> WriteAsync(ListAnswer list, RunningQuery running, MetricQuery query, string? category, int limit, MetricCursor? cursor)
    {
        MetricCursor? last = null;
        var categories = new SeriesCategories();
        using var documents = new SampleDocuments(AnswerJson.Options);
        await foreach (var series in metrics.SelectAsync(query, running.Cancelled))
        {
            var categoryOfSeries = categories.Of(series.Key.Span);
            if (category is not null && category != categoryOfSeries)
                continue;
            documents.Begin(series, categoryOfSeries);
            for (var i = cursor?.FirstLeftOf(series) ?? 0; i < series.Values.Length; i++)
            {
                // There is one more: the page before ends here.
                if (last is not null)
                    return last;
                await list.WriteItemAsync(documents.Of(i));
                if (running.Results == limit)
                    last = MetricCursor.Behind(query, series, i);
            }
        }
        return null;
    }
}
