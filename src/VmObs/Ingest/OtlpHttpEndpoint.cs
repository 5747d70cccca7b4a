using System.Globalization;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire.Otlp;

namespace VmObs.Ingest;

/// <summary>OTLP over HTTP for one signal. https://opentelemetry.io/docs/specs/otlp/#otlphttp</summary>
internal sealed class OtlpHttpEndpoint(IIntake intake, IngestLimits limits)
{
    private const string Protobuf = "application/x-protobuf";
    private const string Json = "application/json";

    /// <summary>Answers one POST.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var source = Senders.Of(context, "otlp-http");
        if (ReadFormat(request) is not { } format)
        {
            intake.Refuse(IntakeOutcome.Unsupported, "Content-Type", source);
            await Problem.UnsupportedMediaType("Content-Type", request.ContentType, $"{Protobuf} or {Json}").WriteAsync(context);
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
            : await intake.TakeAsync(request.BodyReader, format, coding, length: null, source, context.RequestAborted);
        await AnswerAsync(context.Response, format, result);
    }

    /// <summary>Answers a request that is not let in.</summary>
    public static async Task RefuseAsync(HttpContext context, int status, int code, string message)
    {
        var format = ReadFormat(context.Request) ?? WireFormat.OtlpProtobuf;
        context.Response.StatusCode = status;
        context.Response.ContentType = format == WireFormat.OtlpJson ? Json : Protobuf;
        using var body = new PooledBuffer(512);
        OtlpResponse.WriteStatus(format, code, message, body);
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.WrittenMemory);
    }

    private async Task AnswerAsync(HttpResponse response, WireFormat format, IntakeResult result)
    {
        response.StatusCode = result.Outcome switch
        {
            IntakeOutcome.Stored => StatusCodes.Status200OK,
            IntakeOutcome.TooLarge => StatusCodes.Status413PayloadTooLarge,
            IntakeOutcome.Busy or IntakeOutcome.OverRate => StatusCodes.Status429TooManyRequests,
            IntakeOutcome.DiskFailed => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status400BadRequest,
        };
        if (result.RetryAfterSeconds > 0)
            response.Headers.RetryAfter = result.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        response.ContentType = format == WireFormat.OtlpJson ? Json : Protobuf;
        ReceiptHeader.Write(response, result);
        using var body = new PooledBuffer(512);
        if (result.Outcome == IntakeOutcome.Stored)
            OtlpResponse.WriteSuccess(format, intake.Signal, result.Refused, result.Message, body);
        else
            OtlpResponse.WriteStatus(format, GrpcStatus.Of(result.Outcome), result.Message, body, result.RetryAfterSeconds);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body.WrittenMemory);
    }

    private static WireFormat? ReadFormat(HttpRequest request)
    {
        var type = HttpCoding.MediaType(request);
        if (type.Equals(Protobuf, StringComparison.OrdinalIgnoreCase))
            return WireFormat.OtlpProtobuf;
        return type.Equals(Json, StringComparison.OrdinalIgnoreCase) ? WireFormat.OtlpJson : null;
    }
}
