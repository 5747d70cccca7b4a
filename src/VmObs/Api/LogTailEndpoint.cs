using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using VmObs.Http;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>GET /obs/logs/tail: the last log records, then each as it is stored, as server-sent events.</summary>
/// <remarks>Source: https://html.spec.whatwg.org/multipage/server-sent-events.html. An event without a name is a record with its cursor as id;
/// "missed" tells how many a slow reader did not get; comments keep the connection alive.</remarks>
/// <param name="stopping">Triggered when the engine ends: its listeners are let go.</param>
internal sealed class LogTailEndpoint(ILogSource logs, ILogFeed feed, Queries queries, TimeProvider time, CancellationToken stopping)
{
    private const int DefaultLines = 10, MaxLines = 10_000;

    // What somebody who was away gets of what came meanwhile.
    private const int MaxResumed = 100_000;
    private const int FlushBytes = 32 * 1024;
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);

    public async Task HandleAsync(HttpContext context)
    {
        var parameters = new QueryParameters(context.Request.Query, [.. LogParameters.Conditions, "lines", "cursor"]);
        var query = LogParameters.ReadConditions(parameters);
        var lines = parameters.Integer("lines", DefaultLines, 0, MaxLines);
        // What a browser sends when it comes again stands above what the address said at first.
        var lastEvent = context.Request.Headers["Last-Event-ID"].ToString();
        var position = LogParameters.ReadPosition(parameters, lastEvent.Length > 0 ? "Last-Event-ID" : "cursor", lastEvent.Length > 0 ? lastEvent : parameters.Text("cursor"));
        if (parameters.Problem is { } problem)
        {
            await problem.WriteAsync(context);
            return;
        }
        // Before what is stored is read: nothing falls between the two.
        using var listener = feed.Listen(query);
        if (listener is null)
        {
            context.Response.Headers.RetryAfter = "5";
            await Problem.TooManyTails(feed.MaxListeners).WriteAsync(context);
            return;
        }
        var past = position is null ? query with { Limit = lines } : query with { After = position, NewestFirst = false, Limit = MaxResumed };
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            await AnswerAsync(context, listener, past, ended.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            // The stream ends where it is; the reader comes again with the last event's id.
        }
    }

    private async Task AnswerAsync(HttpContext context, LogListener listener, LogQuery past, CancellationToken cancellationToken)
    {
        var told = new HashSet<UInt128>();
        if (past.Limit > 0)
            await queries.RunAsync(context, "logs_tail", running => TellPastAsync(context, past, told, running));
        if (context.Response.StatusCode != StatusCodes.Status200OK)
            return;
        Begin(context);
        await context.Response.BodyWriter.FlushAsync(cancellationToken);
        await FollowAsync(context, listener, told, cancellationToken);
    }

    private async Task TellPastAsync(HttpContext context, LogQuery past, HashSet<UInt128> told, RunningQuery running)
    {
        var records = new List<LogRecord>();
        LogPosition? last = null;
        await foreach (var record in logs.FindAsync(past, running.Budget, running.Cancelled))
        {
            told.Add(KeyOf(record));
            last = LogPosition.Of(record);
            if (past.NewestFirst)
            {
                records.Add(record);
                continue;
            }
            Begin(context);
            await TellAsync(context, record, running);
        }
        Begin(context);
        for (var i = records.Count - 1; i >= 0; i--)
            await TellAsync(context, records[i], running);
        if (!past.NewestFirst && told.Count == MaxResumed)
        {
            var rest = await logs.CountAsync(past with { After = last }, running.Budget, running.Cancelled);
            WriteMissed(context, rest.Sum(count => count.Lines));
        }
    }

    private async Task FollowAsync(HttpContext context, LogListener listener, HashSet<UInt128> told, CancellationToken cancellationToken)
    {
        var body = context.Response.BodyWriter;
        var next = listener.NextAsync(cancellationToken).AsTask();
        while (true)
        {
            if (!next.IsCompleted)
            {
                await body.FlushAsync(cancellationToken);
                using var beat = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                if (await Task.WhenAny(next, Task.Delay(s_heartbeat, time, beat.Token)) != next)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    body.Write(": still here\n\n"u8);
                    continue;
                }
                await beat.CancelAsync();
            }
            if (await next is not { } heard)
                return;
            if (heard.Missed > 0)
                WriteMissed(context, heard.Missed);
            // Stored after listening began and before the past was read: it is in both.
            else if (told.Count == 0 || !told.Remove(KeyOf(heard.Record)))
                WriteRecord(context, heard.Record);
            if (body.UnflushedBytes >= FlushBytes)
                await body.FlushAsync(cancellationToken);
            next = listener.NextAsync(cancellationToken).AsTask();
        }
    }

    private static async Task TellAsync(HttpContext context, LogRecord record, RunningQuery running)
    {
        WriteRecord(context, record);
        if (context.Response.BodyWriter.UnflushedBytes >= FlushBytes)
            await running.AwaitReaderAsync(FlushAsync(context, running.Cancelled));
    }

    private static async ValueTask FlushAsync(HttpContext context, CancellationToken cancellationToken) => await context.Response.BodyWriter.FlushAsync(cancellationToken);

    private static void Begin(HttpContext context)
    {
        if (context.Response.ContentType is not null)
            return;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        // So that a reader knows at once that it is connected, and comes again after a second.
        context.Response.BodyWriter.Write("retry: 1000\n\n"u8);
    }

    private static void WriteRecord(HttpContext context, in LogRecord record)
    {
        var body = context.Response.BodyWriter;
        body.Write("id: "u8);
        body.Write(Encoding.ASCII.GetBytes(LogPosition.Of(record).ToString()));
        body.Write("\ndata: "u8);
        body.Write(record.Json.Span);
        body.Write("\n\n"u8);
    }

    private static void WriteMissed(HttpContext context, long count) =>
        context.Response.BodyWriter.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"event: missed\ndata: {{\"missed\":{count}}}\n\n")));

    private static UInt128 KeyOf(in LogRecord record) => XxHash128.HashToUInt128(LogPosition.IdOf(record.Json).Span);
}
