using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Ingest;

/// <summary>JSON of one signal: a document, an array, or one after another (NDJSON). docs/send/json-lines.md, docs/send/native-json.md.</summary>
/// <remarks>Answers 200 with <c>{"taken":2,"refused":1,"message":"…"}</c> when any record was taken or none was sent, else 400 with the same.</remarks>
internal sealed class JsonEndpoint(IIntake intake, IngestLimits limits)
{
    private static readonly string[] Types =
        ["application/json", "application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines", "application/stream+json", "text/plain"];

    private readonly WireFormat _format = intake.Signal switch { Signal.Metrics => WireFormat.JsonMetrics, Signal.Logs => WireFormat.JsonLogs, _ => WireFormat.JsonTraces };

    /// <summary>Answers one POST.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var source = Senders.Of(context, "json");
        if (!IsTaken(request))
        {
            intake.Refuse(IntakeOutcome.Unsupported, "Content-Type", source);
            await Problem.UnsupportedMediaType("Content-Type", request.ContentType, "application/json or application/x-ndjson").WriteAsync(context);
            return;
        }
        if (HttpCoding.Read(request) is not { } coding)
        {
            intake.Refuse(IntakeOutcome.Unsupported, "Content-Encoding", source);
            await Problem.UnsupportedMediaType("Content-Encoding", request.Headers.ContentEncoding.ToString(), HttpCoding.Wanted).WriteAsync(context);
            return;
        }
        var result = request.ContentLength > limits.MaxBodyBytes
            ? intake.Refuse(IntakeOutcome.TooLarge, $"body: got {request.ContentLength} bytes, want at most {limits.MaxBodyBytes}; send smaller batches", source)
            : await intake.TakeAsync(request.BodyReader, _format, coding, length: null, source, context.RequestAborted);
        await AnswerAsync(context.Response, result);
    }

    private static bool IsTaken(HttpRequest request)
    {
        var type = HttpCoding.MediaType(request);
        foreach (var taken in Types)
        {
            if (type.Equals(taken, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return type.IsEmpty;
    }

    private static async Task AnswerAsync(HttpResponse response, IntakeResult result)
    {
        response.StatusCode = result.Outcome switch
        {
            IntakeOutcome.Stored when result.Taken > 0 || result.Refused == 0 => StatusCodes.Status200OK,
            IntakeOutcome.TooLarge => StatusCodes.Status413PayloadTooLarge,
            IntakeOutcome.Busy or IntakeOutcome.OverRate => StatusCodes.Status429TooManyRequests,
            IntakeOutcome.DiskFailed => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status400BadRequest,
        };
        ReceiptHeader.Write(response, result);
        if (result.RetryAfterSeconds > 0)
            response.Headers.RetryAfter = result.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        using var body = new PooledBuffer(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteNumber("taken"u8, result.Taken);
            json.WriteNumber("refused"u8, result.Refused);
            if (result.Message.Length > 0)
                json.WriteString("message"u8, result.Message);
            json.WriteEndObject();
        }
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body.WrittenMemory);
    }
}
