using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Ingest;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Proofs;
using VmObs.Proofs;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>GET /obs/proof/log: a log record's bundle; GET /obs/proof/receipt: a receipt's; GET /obs/proof/ingest: what the journal shows of a request.</summary>
internal sealed class ProofEndpoint(ProofMaker proofs, IngestProofMaker ingestProofs, ILogSource logs, Queries queries, TimeProvider time)
{
    // So many of several matches are named.
    private const int NamedMatches = 10;

    public async Task HandleReceiptAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, "seq");
        var seq = parameters.Integer("seq", -1, 0, int.MaxValue);
        if (seq < 0)
            parameters.Fail("seq", "", "the place of a receipt in the ledger, from 0");
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "proof", running => proofs.Receipt(seq) is { } bundle
            ? WriteAsync(context, bundle)
            : Problem.NotFound("no such receipt", "seq", $"{seq}", $"0 to {proofs.Receipts - 1}").WriteAsync(context));
    }

    public async Task HandleIngestAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, "receipt");
        var text = parameters.Text("receipt");
        if (!IngestReceipt.TryParse(text, out var receipt))
            parameters.Fail("receipt", text ?? "", $"what an answer's {ReceiptHeader.Name} says: a position, a colon, 64 lower-case hex digits");
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "proof", async running =>
        {
            var proof = await Task.Run(() => ingestProofs.Make(receipt, running.Budget, running.Cancelled), running.Cancelled);
            using var body = new PooledBuffer(4096);
            using (var json = new Utf8JsonWriter(body))
                proof.Write(json);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
        });
    }

    public async Task HandleLogAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, [.. LogParameters.Conditions, "from", "to", "last", "id"]);
        var query = LogParameters.ReadRange(parameters, time.GetUtcNow().ToUnixNanos());
        var id = parameters.Text("id");
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        await queries.RunAsync(context, "proof", async running =>
        {
            var found = await FindAsync(query, id, running);
            if (found.Count != 1)
                await (found.Count == 0 ? NoRecord(query, id) : Several(found)).WriteAsync(context);
            else if (await Task.Run(() => proofs.LogRecord(found[0], running.Budget, running.Cancelled), running.Cancelled) is { } bundle)
                await WriteAsync(context, bundle);
            else
                await Problem.NotSealed(IdOf(found[0])).WriteAsync(context);
        });
    }

    private async Task<List<LogRecord>> FindAsync(LogQuery query, string? id, RunningQuery running)
    {
        var found = new List<LogRecord>();
        if (id is not null)
            query = AtTimeOf(id, query);
        await foreach (var record in logs.FindAsync(query with { Limit = id is null ? NamedMatches + 1 : int.MaxValue }, running.Budget, running.Cancelled))
        {
            if (id is null || IdOf(record) == id)
                found.Add(record);
        }
        return found;
    }

    // log:SERVICE:2025-12-06T14:30:15.123Z#2: the time alone leaves few lines of few blocks. What is no such id is looked for everywhere, in vain.
    private static LogQuery AtTimeOf(string id, LogQuery query)
    {
        var end = id.LastIndexOf('#') is var number and >= 0 ? number : id.Length;
        var colon = end;
        for (var i = 0; i < 3 && colon > 0; i++)
            colon = id.LastIndexOf(':', colon - 1);
        return colon > 0 && Rfc3339.TryParse(id.AsSpan((colon + 1)..end), out var time)
            ? query with { FromUnixNanos = Math.Max(query.FromUnixNanos, time), ToUnixNanos = Math.Min(query.ToUnixNanos, time + 1) }
            : query;
    }

    private static Problem NoRecord(LogQuery query, string? id) => Problem.NotFound(
        "no such log record", id is null ? "text" : "id", id ?? query.Text ?? "", "conditions and a time (`from`, `to`, `last`) that one has");

    private static Problem Several(List<LogRecord> found) => Problem.Several(
        found.Count > NamedMatches ? $"more than {NamedMatches} log records match" : $"{found.Count} log records match", "id", "",
        found.Count > NamedMatches ? "`id` added with the one that is meant; the first are" : "`id` added with the one that is meant",
        [.. found.Take(NamedMatches).Select(IdOf)]);

    private static string IdOf(LogRecord record)
    {
        using var document = JsonDocument.Parse(record.Json);
        return document.RootElement.GetProperty("log_id").GetString()!;
    }

    private static async Task WriteAsync(HttpContext context, ProofBundle bundle)
    {
        var body = bundle.ToBytes();
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
