using System.Text;
using VmObs.Signals.Ports;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Writes what an OTLP client gets back, as protobuf or JSON: Export…ServiceResponse, and google.rpc.Status for errors.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/otlp/#otlphttp-response</remarks>
public static class OtlpResponse
{
    private const string RetryInfoType = "type.googleapis.com/google.rpc.RetryInfo";

    /// <summary>Writes an Export…ServiceResponse; when records were refused, with their number and the reasons as partial success.</summary>
    /// <param name="format"><see cref="WireFormat.OtlpProtobuf"/> or <see cref="WireFormat.OtlpJson"/>.</param>
    /// <param name="signal">Which of the three responses.</param>
    /// <param name="refusals">What the decoded batch says.</param>
    /// <param name="destination">Gets the body; nothing for a full success in protobuf.</param>
    public static void WriteSuccess(WireFormat format, Signal signal, Refusals refusals, PooledBuffer destination) =>
        WriteSuccess(format, signal, refusals.Total, refusals.Total == 0 ? "" : Describe(refusals), destination);

    /// <summary>Writes an Export…ServiceResponse.</summary>
    /// <param name="format"><see cref="WireFormat.OtlpProtobuf"/> or <see cref="WireFormat.OtlpJson"/>.</param>
    /// <param name="signal">Which of the three responses.</param>
    /// <param name="rejected">Records not taken; 0 for a full success.</param>
    /// <param name="message">Why, or a warning; empty for none.</param>
    /// <param name="destination">Gets the body.</param>
    public static void WriteSuccess(WireFormat format, Signal signal, long rejected, string message, PooledBuffer destination)
    {
        var partial = rejected != 0 || message.Length > 0;
        if (IsJson(format))
        {
            destination.WriteByte((byte)'{');
            if (partial)
                WritePartialJson(signal, rejected, message, destination);
            destination.WriteByte((byte)'}');
        }
        else if (partial)
        {
            var mark = ProtobufWriter.BeginMessage(destination, 1);
            if (rejected != 0)
                ProtobufWriter.Varint(destination, 1, (ulong)rejected);
            if (message.Length > 0)
                ProtobufWriter.Bytes(destination, 2, Encoding.UTF8.GetBytes(message));
            ProtobufWriter.EndMessage(destination, mark);
        }
    }

    /// <summary>Writes a google.rpc.Status.</summary>
    /// <param name="format"><see cref="WireFormat.OtlpProtobuf"/> or <see cref="WireFormat.OtlpJson"/>.</param>
    /// <param name="code">A google.rpc.Code: 3 invalid argument, 8 resource exhausted, 14 unavailable, …</param>
    /// <param name="message">For a person.</param>
    /// <param name="destination">Gets the body.</param>
    /// <param name="retryAfterSeconds">When to try again (a RetryInfo detail); 0 for none.</param>
    public static void WriteStatus(WireFormat format, int code, string message, PooledBuffer destination, int retryAfterSeconds = 0)
    {
        var text = Encoding.UTF8.GetBytes(message);
        if (IsJson(format))
        {
            destination.Write("{\"code\":"u8);
            JsonText.WriteDigits(destination, code);
            destination.Write(",\"message\":"u8);
            JsonText.WriteString(destination, text);
            if (retryAfterSeconds > 0)
                destination.Write(Encoding.UTF8.GetBytes($",\"details\":[{{\"@type\":\"{RetryInfoType}\",\"retryDelay\":\"{retryAfterSeconds}s\"}}]"));
            destination.WriteByte((byte)'}');
            return;
        }
        ProtobufWriter.Varint(destination, 1, (ulong)code);
        ProtobufWriter.Bytes(destination, 2, text);
        if (retryAfterSeconds <= 0)
            return;
        var detail = ProtobufWriter.BeginMessage(destination, 3);
        ProtobufWriter.Bytes(destination, 1, Encoding.UTF8.GetBytes(RetryInfoType));
        var info = ProtobufWriter.BeginMessage(destination, 2);
        var delay = ProtobufWriter.BeginMessage(destination, 1);
        ProtobufWriter.Varint(destination, 1, (ulong)retryAfterSeconds);
        ProtobufWriter.EndMessage(destination, delay);
        ProtobufWriter.EndMessage(destination, info);
        ProtobufWriter.EndMessage(destination, detail);
    }

    /// <summary>Refusals for a person: "3 refused (too_far_ahead 2, invalid_labels 1); the first: …".</summary>
    public static string Describe(Refusals refusals) =>
        $"{refusals.Total} refused ({string.Join(", ", refusals.NonZero().Select(static pair => $"{pair.Key.Name()} {pair.Value}"))}); the first: {refusals.FirstMessage}";

    private static bool IsJson(WireFormat format) => format switch
    {
        WireFormat.OtlpJson => true,
        WireFormat.OtlpProtobuf => false,
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "BUG: not an OTLP format"),
    };

    private static void WritePartialJson(Signal signal, long rejected, string message, PooledBuffer destination)
    {
        destination.Write("\"partialSuccess\":{\""u8);
        destination.Write(signal switch
        {
            Signal.Metrics => "rejectedDataPoints"u8,
            Signal.Logs => "rejectedLogRecords"u8,
            Signal.Traces => "rejectedSpans"u8,
            _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "BUG: no such signal"),
        });
        destination.Write("\":\""u8); // a 64-bit integer, so a string
        JsonText.WriteDigits(destination, rejected);
        destination.Write("\",\"errorMessage\":"u8);
        JsonText.WriteString(destination, Encoding.UTF8.GetBytes(message));
        destination.WriteByte((byte)'}');
    }
}
