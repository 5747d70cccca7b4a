using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Scrape;
using VmObs.Scrape.Targets;
using VmObs.Signals;

namespace VmObs.Api;

/// <summary>GET /obs/targets: what is scraped and how it does, in the form of Prometheus's /api/v1/targets.</summary>
internal sealed class TargetsEndpoint(Scraper scraper)
{
    private static readonly string[] s_states = ["any", "active", "dropped"];

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, "state", "scrapePool");
        var state = parameters.Text("state") ?? "any";
        if (!s_states.Contains(state))
            parameters.Fail("state", state, string.Join(", ", s_states));
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        var pool = parameters.Text("scrapePool");
        var jobs = scraper.Jobs.Where(job => pool is null || job.Job.Name == pool).ToList();
        using var body = new PooledBuffer(16 * 1024);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "success"u8);
            json.WriteStartObject("data"u8);
            Write(json, state == "dropped" ? [] : jobs, state == "active" ? [] : jobs);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    private static void Write(Utf8JsonWriter json, IReadOnlyList<JobScraper> active, IReadOnlyList<JobScraper> dropped)
    {
        json.WriteStartArray("activeTargets"u8);
        foreach (var status in active.SelectMany(static job => job.Statuses))
            Write(json, status);
        json.WriteEndArray();
        json.WriteStartArray("droppedTargets"u8);
        foreach (var job in dropped)
        {
            foreach (var labels in job.Dropped)
            {
                json.WriteStartObject();
                WriteLabels(json, "discoveredLabels"u8, labels);
                json.WriteString("scrapePool"u8, job.Job.Name);
                json.WriteEndObject();
            }
        }
        json.WriteEndArray();
        json.WriteStartObject("droppedTargetCounts"u8);
        foreach (var job in dropped)
            json.WriteNumber(job.Job.Name, job.DroppedCount);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TargetStatus status)
    {
        json.WriteStartObject();
        WriteLabels(json, "discoveredLabels"u8, status.Target.Discovered);
        WriteLabels(json, "labels"u8, status.Target.Labels);
        json.WriteString("scrapePool"u8, status.Job);
        // A URL may carry a password.
        var url = status.Target.Url.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped);
        json.WriteString("scrapeUrl"u8, url);
        json.WriteString("globalUrl"u8, url);
        json.WriteString("lastError"u8, status.Error ?? "");
        json.WriteString("lastScrape"u8, status.LastScrape is { } last ? Rfc3339.Format((last - DateTimeOffset.UnixEpoch).Ticks * 100) : "0001-01-01T00:00:00Z");
        json.WriteNumber("lastScrapeDuration"u8, status.Duration.TotalSeconds);
        json.WriteNumber("lastScrapeSamples"u8, status.Samples);
        json.WriteString("health"u8, status.Health);
        json.WriteString("scrapeInterval"u8, $"{status.Target.Interval.TotalSeconds:0.###}s");
        json.WriteString("scrapeTimeout"u8, $"{status.Target.Timeout.TotalSeconds:0.###}s");
        json.WriteEndObject();
    }

    private static void WriteLabels(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> labels)
    {
        json.WriteStartObject(name);
        foreach (var (label, value) in labels.OrderBy(static label => label.Key, StringComparer.Ordinal))
            json.WriteString(label, value);
        json.WriteEndObject();
    }
}
