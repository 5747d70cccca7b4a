using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Query.Correlation;
using VmObs.Query.Times;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Signals.Texts;

namespace VmObs.Api;

/// <summary>GET /obs/correlate: what happened around a time, an event a line, in order of time.</summary>
internal sealed class CorrelateEndpoint(EnginePorts ports, Queries queries, TimeProvider time)
{
    private const long DefaultWindowNanos = 15L * 60 * 1_000_000_000;
    private const long MaxWindowNanos = 24 * HourId.LengthNanos;

    /// <summary>A trace's receipt has its end; those of the window ended at the latest so much later.</summary>
    private const long LongestTraceNanos = HourId.LengthNanos;

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, "timestamp", "window");
        var at = time.GetUtcNow().ToUnixNanos();
        if (parameters.Text("timestamp") is { } text && TimeExpression.Parse("timestamp", text, at, out at) is not null)
            parameters.Fail("timestamp", text, TimeExpression.Wanted);
        var eachWay = DefaultWindowNanos;
        if (parameters.Text("window") is { } length && (!DurationText.TryParse(length, out eachWay) || eachWay is <= 0 or > MaxWindowNanos))
            parameters.Fail("window", length, $"{DurationText.Wanted}, at most 24h");
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "correlate", running => AnswerAsync(context, running, new TimelineWindow(at, eachWay)));
    }

    private async Task AnswerAsync(HttpContext context, RunningQuery running, TimelineWindow window)
    {
        var query = new ReceiptQuery(window.FromUnixNanos, window.ToUnixNanos + LongestTraceNanos) { NewestFirst = false };
        // Read one by one, and let go.
        var receipts = ports.Receipts.Find(query, running.Budget, running.Cancelled).Select(seq => (ReadOnlyMemory<byte>)ports.Receipts.Read(seq));
        var events = await Timeline.FindAsync(ports.Metrics, ports.Logs, ports.Traces, receipts, window, running.Budget, running.Cancelled);
        using var list = new ListAnswer(context, running);
        foreach (var told in events)
        {
            told.Write(list.Json);
            await list.EndItemAsync();
        }
        await list.CompleteAsync(nextCursor: null);
    }
}
