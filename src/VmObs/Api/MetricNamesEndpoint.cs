using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Query.Metrics;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>GET /obs/metrics/names: which metrics there are, by name, with their latest samples. GET /obs/metrics/cardinality: what makes the most series.</summary>
internal sealed class MetricNamesEndpoint(IMetricSource metrics, Queries queries, TimeProvider time)
{
    private const long DefaultLastNanos = HourId.LengthNanos;

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, [.. MetricParameters.Names, "limit", "cursor"]);
        var (query, category) = MetricParameters.Read(parameters, time.GetUtcNow().ToUnixNanos(), DefaultLastNanos);
        var limit = parameters.Integer("limit", 10_000, 1, 100_000);
        // Names are few and sorted: what follows a name needs no more than it.
        var after = parameters.Text("cursor");
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "metric_names", async running =>
        {
            var names = new MetricNames();
            var categories = new SeriesCategories();
            await foreach (var series in metrics.OutlineAsync(query with { Budget = running.Budget }, running.Cancelled))
            {
                var categoryOfSeries = categories.Of(series.Key.Span);
                if (category is null || category == categoryOfSeries)
                    names.Add(series, categoryOfSeries);
            }
            using var list = new ListAnswer(context, running);
            string? last = null;
            foreach (var name in names.All.Where(name => after is null || string.CompareOrdinal(name, after) > 0))
            {
                if (running.Results == limit)
                {
                    await list.CompleteAsync(last);
                    return;
                }
                names.Write(list.Json, name);
                await list.EndItemAsync();
                last = name;
            }
            await list.CompleteAsync(nextCursor: null);
        });
    }

    public async Task HandleCardinalityAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, [.. MetricParameters.Names, "limit"]);
        var (query, category) = MetricParameters.Read(parameters, time.GetUtcNow().ToUnixNanos(), DefaultLastNanos);
        var limit = parameters.Integer("limit", 20, 1, 10_000);
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "metric_cardinality", async running =>
        {
            var cardinality = new Cardinality();
            var categories = new SeriesCategories();
            await foreach (var series in metrics.ListAsync(query with { Budget = running.Budget }, running.Cancelled))
            {
                if (category is null || category == categories.Of(series.Key.Span))
                    cardinality.Add(series.Key.Span);
            }
            using var list = new ListAnswer(context, running);
            foreach (var entry in cardinality.Top(limit))
            {
                entry.Write(list.Json);
                await list.EndItemAsync();
            }
            await list.CompleteAsync(nextCursor: null);
        });
    }
}
