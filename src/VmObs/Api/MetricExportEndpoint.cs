using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Query.Metrics;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>GET /obs/metrics/export: samples with their times in the OpenMetrics text format.</summary>
internal sealed class MetricExportEndpoint(IMetricSource metrics, Queries queries, TimeProvider time)
{
    private const int FlushBytes = 64 * 1024;

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, [.. MetricParameters.Names.Where(static name => name != "category")]);
        // What is exported is everything, unless less is asked for.
        var (query, _) = MetricParameters.Read(parameters, time.GetUtcNow().ToUnixNanos(), defaultLastNanos: null);
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "metric_export", async running =>
        {
            context.Response.ContentType = OpenMetricsExport.ContentType;
            var body = context.Response.BodyWriter;
            var written = await new OpenMetricsExport(metrics).WriteAsync(
                query with { Budget = running.Budget }, body,
                () => body.UnflushedBytes < FlushBytes ? ValueTask.CompletedTask : running.AwaitReaderAsync(FlushAsync()), running.Cancelled);
            await running.AwaitReaderAsync(FlushAsync());
            running.Results = (int)Math.Min(written, int.MaxValue);

            async ValueTask FlushAsync() => await body.FlushAsync(running.Cancelled);
        });
    }
}
