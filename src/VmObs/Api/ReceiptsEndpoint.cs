using System.Text;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Config;
using VmObs.Receipts;
using VmObs.Signals.Texts;

namespace VmObs.Api;

/// <summary>GET /obs/receipts: the ledger's lines byte for byte, each page in its order; GET /obs/root: the signed
/// checkpoint over them; GET /obs/root/vkey: who signs it.</summary>
internal sealed class ReceiptsEndpoint(EnginePorts ports, Queries queries, TimeProvider time)
{
    /// <summary>Every type that the ledger knows, without its prefix.</summary>
    private static readonly string[] Types =
    [
        "metric_snapshot", "log_batch", "trace_complete", "trace_batch", "alert_fired", "alert_resolved", "slo_report", "anomaly_detected",
        "operation", "gap", "retention", "anchor",
    ];

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, "type", "from", "to", "last", "node", "filter", "order", "limit", "cursor");
        var query = Read(parameters);
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "receipts", running => AnswerAsync(context, query, running));
    }

    public Task HandleRootAsync(HttpContext context) => DocumentAnswer.WriteAsync(context, "text/plain; charset=utf-8", ports.Log.Latest.Note);

    public Task HandleKeyAsync(HttpContext context) =>
        DocumentAnswer.WriteAsync(context, "text/plain; charset=utf-8", Encoding.UTF8.GetBytes(ports.Keys.Present.ToVerifierKey() + "\n"));

    private async Task AnswerAsync(HttpContext context, ReceiptQuery query, RunningQuery running)
    {
        var page = ReceiptPage.Find(ports.Receipts, query, running);
        if (DocumentAnswer.IsKnown(context, page.Tag))
            return;
        using var list = new ListAnswer(context, running);
        foreach (var seq in page.Seqs)
        {
            running.Cancelled.ThrowIfCancellationRequested();
            var receipt = ports.Receipts.Read(seq);
            running.Budget.Read(receipt.Length);
            await list.WriteItemAsync(receipt);
        }
        await list.CompleteAsync(page.NextCursor);
    }

    private ReceiptQuery Read(QueryParameters parameters)
    {
        var range = parameters.Range(time.GetUtcNow().ToUnixNanos(), defaultLastNanos: null);
        var order = parameters.Choice("order", "newest", "oldest");
        var query = new ReceiptQuery(range.FromUnixNanos, range.ToUnixNanos)
        {
            Types = ReadTypes(parameters),
            Node = parameters.Text("node"),
            Filter = parameters.Filter("filter"),
            NewestFirst = order != "oldest",
            Limit = parameters.Integer("limit", 100, 1, 100_000),
        };
        if (parameters.Text("cursor") is not { } cursor)
            return query;
        var next = ReceiptPage.Continue(query, cursor);
        if (next is null || (order is not null && next.NewestFirst != query.NewestFirst))
            parameters.Fail("cursor", cursor, ReceiptPage.WantedCursor + ", with the same order");
        return next ?? query;
    }

    private static HashSet<string> ReadTypes(QueryParameters parameters)
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in (parameters.Text("type") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var type = text.StartsWith("obs_", StringComparison.Ordinal) ? text["obs_".Length..] : text;
            if (Types.Contains(type))
                types.Add("obs_" + type);
            else
                parameters.Fail("type", text, string.Join(", ", Types) + (NearestName.Of(type, Types) is { } near ? $"; did you mean {near}?" : ""));
        }
        return types;
    }
}
