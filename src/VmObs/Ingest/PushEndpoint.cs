using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Ingest;

/// <summary>Prometheus remote_write 1.0 and 2.0 and Loki push, protobuf in a snappy block or JSON, answered with 204 or a line of text.</summary>
/// <remarks>https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/ and https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs.
/// Both peers answer 400 when some records were refused, though the others are stored: their agents count and log it, and do not send again.</remarks>
internal sealed class PushEndpoint(IIntake intake, IngestLimits limits)
{
    private const string Protobuf = "application/x-protobuf";
    private const string WriteRequest1 = "prometheus.WriteRequest";
    private const string WriteRequest2 = "io.prometheus.write.v2.Request";

    private bool IsRemoteWrite => intake.Signal == Signal.Metrics;

    /// <summary>Answers one POST.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var source = Senders.Of(context, IsRemoteWrite ? "remote_write" : "loki");
        if ((IsRemoteWrite ? ReadVersion(request.ContentType) : ReadLokiFormat(request)) is not { } format)
        {
            intake.Refuse(IntakeOutcome.Unsupported, "Content-Type", source);
            var wanted = IsRemoteWrite ? $"{Protobuf} with proto={WriteRequest1} or proto={WriteRequest2}" : $"{Protobuf} or application/json";
            await Problem.UnsupportedMediaType("Content-Type", request.ContentType, wanted).WriteAsync(context);
            return;
        }
        // Snappy is the protobuf formats' own; nothing said means snappy too.
        var named = request.Headers.ContentEncoding.ToString();
        if ((named == "snappy" && format != WireFormat.LokiJson ? ContentCoding.Identity : HttpCoding.Read(request)) is not { } coding)
        {
            intake.Refuse(IntakeOutcome.Unsupported, "Content-Encoding", source);
            await Problem.UnsupportedMediaType("Content-Encoding", named, format == WireFormat.LokiJson ? HttpCoding.Wanted : "snappy, gzip, zstd or deflate").WriteAsync(context);
            return;
        }
        var result = request.ContentLength > limits.MaxBodyBytes
            ? intake.Refuse(IntakeOutcome.TooLarge, $"body: got {request.ContentLength} bytes, want at most {limits.MaxBodyBytes}; send smaller batches", source)
            : await intake.TakeAsync(request.BodyReader, format, coding, length: null, source, context.RequestAborted);
        if (format == WireFormat.RemoteWrite2)
            WriteCounts(context.Response, result);
        await AnswerAsync(context.Response, result);
    }

    /// <summary>What a sender of remote_write 2.0 needs to know; without it, it takes the receiver for one of 1.0.</summary>
    private static void WriteCounts(HttpResponse response, in IntakeResult result)
    {
        var (histograms, exemplars) = result.NativeCounts;
        response.Headers["X-Prometheus-Remote-Write-Samples-Written"] = (result.Taken - histograms - exemplars).ToString(CultureInfo.InvariantCulture);
        response.Headers["X-Prometheus-Remote-Write-Histograms-Written"] = histograms.ToString(CultureInfo.InvariantCulture);
        response.Headers["X-Prometheus-Remote-Write-Exemplars-Written"] = exemplars.ToString(CultureInfo.InvariantCulture);
    }

    private static async Task AnswerAsync(HttpResponse response, IntakeResult result)
    {
        response.StatusCode = result.Outcome switch
        {
            IntakeOutcome.Stored when result.Refused == 0 => StatusCodes.Status204NoContent,
            IntakeOutcome.TooLarge => StatusCodes.Status413PayloadTooLarge,
            IntakeOutcome.Busy or IntakeOutcome.OverRate => StatusCodes.Status429TooManyRequests,
            IntakeOutcome.DiskFailed => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status400BadRequest,
        };
        ReceiptHeader.Write(response, result);
        if (response.StatusCode == StatusCodes.Status204NoContent)
            return;
        if (result.RetryAfterSeconds > 0)
            response.Headers.RetryAfter = result.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
        var text = Encoding.UTF8.GetBytes(result.Outcome == IntakeOutcome.Stored ? $"stored but for {result.Message}\n" : result.Message + "\n");
        response.ContentType = "text/plain; charset=utf-8";
        response.ContentLength = text.Length;
        await response.Body.WriteAsync(text);
    }

    private static WireFormat? ReadLokiFormat(HttpRequest request)
    {
        var type = HttpCoding.MediaType(request);
        if (type.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            return WireFormat.LokiJson;
        return type.Equals(Protobuf, StringComparison.OrdinalIgnoreCase) ? WireFormat.LokiProtobuf : null;
    }

    /// <summary>application/x-protobuf, by its parameter 1.0 or 2.0; without one it is 1.0.</summary>
    private static WireFormat? ReadVersion(string? contentType)
    {
        var parts = (contentType ?? "").Split(';', StringSplitOptions.TrimEntries);
        if (!parts[0].Equals(Protobuf, StringComparison.OrdinalIgnoreCase))
            return null;
        var proto = parts.Skip(1).FirstOrDefault(static part => part.StartsWith("proto=", StringComparison.OrdinalIgnoreCase))?["proto=".Length..].Trim('"');
        return proto switch { null or WriteRequest1 => WireFormat.RemoteWrite1, WriteRequest2 => WireFormat.RemoteWrite2, _ => null };
    }
}
