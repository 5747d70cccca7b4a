using System.Buffers;
using System.Text;
using System.Text.Json;
using VmObs.Signals;

namespace VmObs.Ingest;

/// <summary>Writes the bodies that OTLP answers with, in the request's own encoding.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/otlp/#otlphttp-response</remarks>
internal static class OtlpAnswer
{
    /// <summary>An Export…ServiceResponse; with a partial success where records were refused.</summary>
    public static void WriteStored(IBufferWriter<byte> into, bool asJson, Signal signal, IntakeResult result)
    {
        if (asJson)
        {
            using var json = new Utf8JsonWriter(into);
            json.WriteStartObject();
            if (result.Refused > 0)
            {
                json.WriteStartObject("partialSuccess"u8);
                // 64-bit integers are strings in proto3's JSON.
                json.WriteString(signal switch { Signal.Metrics => "rejectedDataPoints"u8, Signal.Logs => "rejectedLogRecords"u8, _ => "rejectedSpans"u8 }, $"{result.Refused}");
                json.WriteString("errorMessage"u8, result.Message);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            return;
        }
        if (result.Refused == 0)
            return;
        using var partial = new PooledBuffer(256);
        WriteVarintField(partial, 1, (ulong)result.Refused);
        WriteTextField(partial, 2, Encoding.UTF8.GetBytes(result.Message));
        WriteTextField(into, 1, partial.WrittenSpan);
    }

    /// <summary>A google.rpc.Status.</summary>
    public static void WriteStatus(IBufferWriter<byte> into, bool asJson, int code, string message)
    {
        if (asJson)
        {
            using var json = new Utf8JsonWriter(into);
            json.WriteStartObject();
            json.WriteNumber("code"u8, code);
            json.WriteString("message"u8, message);
            json.WriteEndObject();
            return;
        }
        WriteVarintField(into, 1, (ulong)code);
        WriteTextField(into, 2, Encoding.UTF8.GetBytes(message));
    }

    private static void WriteVarintField(IBufferWriter<byte> into, int field, ulong value)
    {
        WriteVarint(into, (ulong)(field << 3));
        WriteVarint(into, value);
    }

    private static void WriteTextField(IBufferWriter<byte> into, int field, ReadOnlySpan<byte> text)
    {
        WriteVarint(into, (ulong)((field << 3) | 2));
        WriteVarint(into, (ulong)text.Length);
        into.Write(text);
    }

    private static void WriteVarint(IBufferWriter<byte> into, ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var length = 0;
        for (; value >= 0x80; value >>= 7)
            bytes[length++] = (byte)(value | 0x80);
        bytes[length++] = (byte)value;
        into.Write(bytes[..length]);
    }
}
