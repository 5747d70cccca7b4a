using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Receipts.Gaps;
using VmObs.Signals.Ports;

namespace VmObs.Ingest;

/// <summary>Prometheus remote_write 1.0 and Loki push: protobuf in a snappy block, answered with 204 or a line of text.</summary>
/// <remarks>https://prometheus.io/docs/specs/prw/remote_write_spec/ and https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs.
/// Both peers answer 400 when some records were refused, though the others are stored: their agents count and log it, and do not send again.</remarks>
internal sealed class SnappyPushEndpoint(IIntake intake, WireFormat format, IngestLimits limits)
{
    private const string Protobuf = "application/x-protobuf";
    private const string WriteRequest1 = "prometheus.WriteRequest";

    /// <summary>Answers one POST.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var source = new GapSource(format == WireFormat.RemoteWrite1 ? "remote_write" : "loki", context.Connection.RemoteIpAddress);
        if (!IsTaken(request.ContentType))
        {
            intake.Refuse(IntakeOutcome.Unsupported, "Content-Type", source);
            var wanted = format == WireFormat.RemoteWrite1 ? $"{Protobuf} with remote_write 1.0 ({WriteRequest1})" : Protobuf;
            await Problem.UnsupportedMediaType("Content-Type", request.ContentType, wanted).WriteAsync(context);
            return;
        }
        var coding = request.Headers.ContentEncoding.ToString();
        if (coding is not ("" or "snappy"))
        {
            intake.Refuse(IntakeOutcome.Unsupported, "Content-Encoding", source);
            await Problem.UnsupportedMediaType("Content-Encoding", coding, "snappy").WriteAsync(context);
            return;
        }
        var result = request.ContentLength > limits.MaxBodyBytes
            ? intake.Refuse(IntakeOutcome.TooLarge, $"body: got {request.ContentLength} bytes, want at most {limits.MaxBodyBytes}; send smaller batches", source)
            : await intake.TakeAsync(request.BodyReader, format, ContentCoding.Identity, length: null, source, context.RequestAborted);
        await AnswerAsync(context.Response, result);
    }

    private static async Task AnswerAsync(HttpResponse response, IntakeResult result)
    {
        response.StatusCode = result.Outcome switch
        {
            IntakeOutcome.Stored when result.Refused == 0 => StatusCodes.Status204NoContent,
            IntakeOutcome.TooLarge => StatusCodes.Status413PayloadTooLarge,
            IntakeOutcome.Busy => StatusCodes.Status429TooManyRequests,
            IntakeOutcome.DiskFailed => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status400BadRequest,
        };
        if (response.StatusCode == StatusCodes.Status204NoContent)
            return;
        if (result.RetryAfterSeconds > 0)
            response.Headers.RetryAfter = result.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        var text = Encoding.UTF8.GetBytes(result.Outcome == IntakeOutcome.Stored ? $"stored but for {result.Message}\n" : result.Message + "\n");
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = text.Length;
        await response.Body.WriteAsync(text);
    }

    /// <summary>application/x-protobuf, and not another version of remote_write.</summary>
    private static bool IsTaken(string? contentType)
    {
        var parts = (contentType ?? "").Split(';', StringSplitOptions.TrimEntries);
        return parts[0].Equals(Protobuf, StringComparison.OrdinalIgnoreCase)
            && parts.Skip(1).All(part => !part.StartsWith("proto=", StringComparison.OrdinalIgnoreCase) || part["proto=".Length..].Trim('"') == WriteRequest1);
    }
}
