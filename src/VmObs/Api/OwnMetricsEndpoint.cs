using System.Text;
using Microsoft.AspNetCore.Http;

namespace VmObs.Api;

/// <summary>GET /metrics: the engine's own metrics, for others to scrape.</summary>
/// <param name="read">The page, in OpenMetrics or the text format 0.0.4.</param>
internal sealed class OwnMetricsEndpoint(Func<bool, string> read)
{
    public async Task HandleAsync(HttpContext context)
    {
        var isOpenMetrics = context.Request.Headers.Accept.ToString().Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase);
        var body = Encoding.UTF8.GetBytes(read(isOpenMetrics));
        context.Response.ContentType = isOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
