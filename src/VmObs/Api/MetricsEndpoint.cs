using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Query.Documents;
using VmObs.Query.Metrics;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>GET /obs/metrics: samples, one a line, series after series, each in order of time.</summary>
internal sealed class MetricsEndpoint(IMetricSource metrics, Queries queries, TimeProvider time)
{
    private const long DefaultLastNanos = HourId.LengthNanos;

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, "from", "to", "last", "node", "metric", "label*", "category", "limit");
        var range = parameters.Range(time.GetUtcNow().ToUnixNanos(), DefaultLastNanos);
        var labels = ReadLabels(parameters);
        var category = parameters.Choice("category", [.. MetricCategory.Names]);
        var limit = parameters.Integer("limit", 10_000, 1, 100_000);
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        var query = new MetricQuery(range.FromUnixNanos, range.ToUnixNanos, labels) { WithDetails = true };
        await queries.RunAsync(context, "metrics", async running =>
        {
            using var list = new ListAnswer(context, running);
            await WriteAsync(list, running, query, category, limit);
            await list.CompleteAsync(nextCursor: null);
        });
    }

    private async Task WriteAsync(ListAnswer list, RunningQuery running, MetricQuery query, string? category, int limit)
    {
        await foreach (var series in metrics.SelectAsync(query, running.Cancelled))
        {
            var categoryOfSeries = MetricCategory.Of(series.Key.Span);
            if (category is not null && category != categoryOfSeries)
                continue;
            for (var i = 0; i < series.Values.Length && running.Results < limit; i++)
            {
                MetricDocument.Write(list.Json, series, i, categoryOfSeries);
                await list.EndItemAsync();
            }
            if (running.Results == limit)
                break;
        }
    }

    private static List<KeyValuePair<string, string>> ReadLabels(QueryParameters parameters)
    {
        var labels = new List<KeyValuePair<string, string>>();
        if (parameters.Text("metric") is { } metric)
            labels.Add(new("__name__", metric));
        if (parameters.Text("node") is { } node)
            labels.Add(new("node", NodeName.ToShort(node)));
        foreach (var text in parameters.Texts("label"))
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
                labels.Add(new(text[..equals], text[(equals + 1)..]));
            else
                parameters.Fail("label", text, "name=value, such as region=eu-west");
        }
        return labels;
    }
}
