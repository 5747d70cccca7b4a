using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Receipts.Gaps;
using VmObs.Signals.Ports;

namespace VmObs.Ingest;

/// <summary>Zipkin v2 spans (JSON) and Jaeger's batches (Thrift over HTTP), answered with 202 as their collectors do.</summary>
/// <remarks>https://zipkin.io/zipkin-api/#/default/post_spans and https://www.jaegertracing.io/docs/1.76/architecture/apis/. Their senders neither
/// read an answer nor send again, so spans that were refused are named in a line of text beside the 202 of those that were taken.</remarks>
internal sealed class SpanPushEndpoint(IIntake intake, WireFormat format, IngestLimits limits)
{
    private bool IsZipkin => format == WireFormat.ZipkinJson;

    /// <summary>Answers one POST.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var source = Senders.Of(context, IsZipkin ? "zipkin" : "jaeger");
        if (!IsTaken(request))
        {
            intake.Refuse(IntakeOutcome.Unsupported, "Content-Type", source);
            await Problem.UnsupportedMediaType("Content-Type", request.ContentType, IsZipkin ? "application/json (Zipkin v2)" : "application/vnd.apache.thrift.binary").WriteAsync(context);
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
        await AnswerAsync(context.Response, result);
    }

    private bool IsTaken(HttpRequest request)
    {
        var type = HttpCoding.MediaType(request);
        return IsZipkin
            ? type.IsEmpty || type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            : type.Equals("application/x-thrift", StringComparison.OrdinalIgnoreCase) || type.Equals("application/vnd.apache.thrift.binary", StringComparison.OrdinalIgnoreCase);
    }

    private static async Task AnswerAsync(HttpResponse response, IntakeResult result)
    {
        response.StatusCode = result.Outcome switch
        {
            IntakeOutcome.Stored when result.Taken > 0 || result.Refused == 0 => StatusCodes.Status202Accepted,
            IntakeOutcome.TooLarge => StatusCodes.Status413PayloadTooLarge,
            IntakeOutcome.Busy or IntakeOutcome.OverRate => StatusCodes.Status429TooManyRequests,
            IntakeOutcome.DiskFailed => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status400BadRequest,
        };
        ReceiptHeader.Write(response, result);
        if (result.RetryAfterSeconds > 0)
            response.Headers.RetryAfter = result.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        if (result.Message.Length == 0)
            return;
        var text = Encoding.UTF8.GetBytes(result.Message + "\n");
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = text.Length;
        await response.Body.WriteAsync(text);
    }
}
