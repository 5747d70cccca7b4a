using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire.Otlp;

namespace VmObs.Ingest;

/// <summary>OTLP over gRPC for one signal: a unary call is one framed message each way over HTTP/2.</summary>
/// <remarks>https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. A message is preceded by <c>compressed u8 · length u32 big-endian</c>.</remarks>
internal sealed class OtlpGrpcEndpoint(IIntake intake, IngestLimits limits)
{
    private const int PrefixBytes = 5;

    /// <summary>Where the call comes in.</summary>
    public static string PathOf(Signal signal) => signal switch
    {
        Signal.Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        Signal.Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        _ => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    };

    /// <summary>Answers one call.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var source = Senders.Of(context, "otlp-grpc");
        if (!context.Request.Protocol.StartsWith("HTTP/2", StringComparison.Ordinal) || context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            intake.Refuse(IntakeOutcome.Unsupported, "Content-Type", source);
            await Http.Problem.UnsupportedMediaType("Content-Type", context.Request.ContentType, "application/grpc over HTTP/2").WriteAsync(context);
            return;
        }
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-accept-encoding"] = "identity,gzip,zstd,deflate";
        var prefix = await ReadPrefixAsync(context.Request.BodyReader, context.RequestAborted);
        if (prefix is not var (isCompressed, length))
            Fail(context.Response, GrpcStatus.InvalidArgument, intake.Refuse(IntakeOutcome.Malformed, "message: broke off in its prefix, want 5 bytes and the message", source).Message);
        else if ((isCompressed ? CodingOf(context.Request) : ContentCoding.Identity) is not { } coding)
            Fail(context.Response, GrpcStatus.Unimplemented, intake.Refuse(IntakeOutcome.Unsupported, $"grpc-encoding: got \"{context.Request.Headers["grpc-encoding"]}\", want gzip, zstd, deflate or identity", source).Message);
        else if (length > limits.MaxBodyBytes)
            Fail(context.Response, GrpcStatus.ResourceExhausted, intake.Refuse(IntakeOutcome.TooLarge, $"message: got {length} bytes, want at most {limits.MaxBodyBytes}; send smaller batches", source).Message);
        else
            await AnswerAsync(context.Response, await intake.TakeAsync(
                context.Request.BodyReader, WireFormat.OtlpProtobuf, coding, length, source, context.RequestAborted));
    }

    /// <summary>How a compressed message is compressed; null for what is not taken. A message that says it is has to say how.</summary>
    private static ContentCoding? CodingOf(HttpRequest request) => request.Headers["grpc-encoding"].ToString() switch
    {
        "gzip" => ContentCoding.Gzip,
        "zstd" => ContentCoding.Zstd,
        "deflate" => ContentCoding.Deflate,
        _ => null,
    };

    /// <summary>Answers a call that is not let in.</summary>
    public static Task RefuseAsync(HttpResponse response, int code, string message)
    {
        response.ContentType = "application/grpc";
        Fail(response, code, message);
        return Task.CompletedTask;
    }

    private async Task AnswerAsync(HttpResponse response, IntakeResult result)
    {
        if (result.Outcome != IntakeOutcome.Stored)
        {
            Fail(response, GrpcStatus.Of(result.Outcome), result.Message, result.RetryAfterSeconds);
            return;
        }
        ReceiptHeader.Write(response, result);
        using var message = new PooledBuffer(512);
        message.GetSpan(PrefixBytes)[..PrefixBytes].Clear();
        message.Advance(PrefixBytes);
        OtlpResponse.WriteSuccess(WireFormat.OtlpProtobuf, intake.Signal, result.Refused, result.Message, message);
        message.PatchInt32(1, BinaryPrimitives.ReverseEndianness(message.Length - PrefixBytes));
        await response.Body.WriteAsync(message.WrittenMemory);
        response.AppendTrailer("grpc-status", "0");
    }

    private static void Fail(HttpResponse response, int code, string message, int retryAfterSeconds = 0)
    {
        response.AppendTrailer("grpc-status", $"{code}");
        response.AppendTrailer("grpc-message", PercentEncode(message));
        if (retryAfterSeconds == 0)
            return;
        // A google.rpc.Status with a RetryInfo: without it a client gives RESOURCE_EXHAUSTED up for good.
        using var details = new PooledBuffer(256);
        OtlpResponse.WriteStatus(WireFormat.OtlpProtobuf, code, message, details, retryAfterSeconds);
        response.AppendTrailer("grpc-status-details-bin", Convert.ToBase64String(details.WrittenSpan).TrimEnd('='));
    }

    /// <summary>Takes the five bytes before the message; null when the body ends in them.</summary>
    private static async ValueTask<(bool IsCompressed, uint Length)?> ReadPrefixAsync(PipeReader body, CancellationToken cancellationToken)
    {
        var read = await body.ReadAtLeastAsync(PrefixBytes, cancellationToken);
        if (read.Buffer.Length < PrefixBytes)
        {
            body.AdvanceTo(read.Buffer.End);
            return null;
        }
        var prefix = Parse(read.Buffer);
        body.AdvanceTo(read.Buffer.GetPosition(PrefixBytes));
        return prefix;
    }

    private static (bool IsCompressed, uint Length) Parse(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        return (prefix[0] == 1, BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]));
    }

    /// <summary>grpc-message: UTF-8 with everything but printable ASCII, and the percent sign, as %XX.</summary>
    private static string PercentEncode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append('%').Append(b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }
}
