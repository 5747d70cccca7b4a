using System.Buffers.Text;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Query.Documents;
using VmObs.Query.Metrics;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>GET /obs/metrics/series: the series that have samples of the range, without them.</summary>
internal sealed class MetricSeriesEndpoint(IMetricSource metrics, Queries queries, TimeProvider time)
{
    private const long DefaultLastNanos = HourId.LengthNanos;

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, [.. MetricParameters.Names, "limit", "cursor"]);
        var (query, category) = MetricParameters.Read(parameters, time.GetUtcNow().ToUnixNanos(), DefaultLastNanos);
        var limit = parameters.Integer("limit", 10_000, 1, 100_000);
        byte[] from = [];
        if (parameters.Text("cursor") is { } text)
        {
            if (!text.AsSpan().ContainsAnyExceptInRange('-', 'z') && Base64Url.IsValid(text))
                from = Base64Url.DecodeFromChars(text);
            else
                parameters.Fail("cursor", text, "the cursor of an earlier answer");
        }
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "metric_series", async running =>
        {
            using var list = new ListAnswer(context, running);
            var categories = new SeriesCategories();
            await foreach (var series in metrics.ListAsync(query with { Budget = running.Budget, FromKey = from }, running.Cancelled))
            {
                var categoryOfSeries = categories.Of(series.Key.Span);
                if (category is not null && category != categoryOfSeries)
                    continue;
                if (running.Results == limit)
                {
                    await list.CompleteAsync(Base64Url.EncodeToString(series.Key.Span));
                    return;
                }
                MetricDocument.WriteSeries(list.Json, series, categoryOfSeries);
                await list.EndItemAsync();
            }
            await list.CompleteAsync(nextCursor: null);
        });
    }
}
