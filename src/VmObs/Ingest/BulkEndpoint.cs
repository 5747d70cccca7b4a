using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Ingest;

/// <summary>Elasticsearch's bulk, answered with each item's status as Elasticsearch does.</summary>
/// <remarks>https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk. The index is the sender's own order: records are not kept by it.</remarks>
internal sealed class BulkEndpoint(IIntake intake, IngestLimits limits)
{
    /// <summary>Answers one POST.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var source = Senders.Of(context, "elasticsearch");
        ElasticGreeting.Sign(context.Response);
        if (HttpCoding.Read(request) is not { } coding)
        {
            intake.Refuse(IntakeOutcome.Unsupported, "Content-Encoding", source);
            await Problem.UnsupportedMediaType("Content-Encoding", request.Headers.ContentEncoding.ToString(), HttpCoding.Wanted).WriteAsync(context);
            return;
        }
        var result = request.ContentLength > limits.MaxBodyBytes
            ? intake.Refuse(IntakeOutcome.TooLarge, $"body: got {request.ContentLength} bytes, want at most {limits.MaxBodyBytes}; send smaller batches", source)
            : await intake.TakeAsync(request.BodyReader, WireFormat.ElasticBulk, coding, length: null, source, context.RequestAborted);
        ReceiptHeader.Write(context.Response, result);
        using var body = new PooledBuffer(4096);
        if (result.Outcome == IntakeOutcome.Stored)
            WriteItems(result, body);
        else
            WriteError(context.Response, result, body);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    /// <summary>{"took":0,"errors":false,"items":[{"create":{…}},…]}</summary>
    private static void WriteItems(in IntakeResult result, PooledBuffer body)
    {
        body.Write(result.Refused > 0 ? "{\"took\":0,\"errors\":true,\"items\":["u8 : "{\"took\":0,\"errors\":false,\"items\":["u8);
        var items = result.Items.Span;
        while (!items.IsEmpty)
        {
            var end = items.IndexOf((byte)'\n');
            body.Write(items[..end]);
            items = items[(end + 1)..];
            if (!items.IsEmpty)
                body.WriteByte((byte)',');
        }
        body.Write("]}"u8);
    }

    private static void WriteError(HttpResponse response, in IntakeResult result, PooledBuffer body)
    {
        (response.StatusCode, var type) = result.Outcome switch
        {
            IntakeOutcome.TooLarge => (StatusCodes.Status413PayloadTooLarge, "content_too_long_exception"),
            IntakeOutcome.Busy or IntakeOutcome.OverRate => (StatusCodes.Status429TooManyRequests, "es_rejected_execution_exception"),
            IntakeOutcome.DiskFailed => (StatusCodes.Status503ServiceUnavailable, "unavailable_shards_exception"),
            _ => (StatusCodes.Status400BadRequest, "illegal_argument_exception"),
        };
        if (result.RetryAfterSeconds > 0)
            response.Headers.RetryAfter = result.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, type);
        json.WriteString("reason"u8, result.Message);
        json.WriteEndObject();
        json.WriteNumber("status"u8, response.StatusCode);
        json.WriteEndObject();
    }
}
