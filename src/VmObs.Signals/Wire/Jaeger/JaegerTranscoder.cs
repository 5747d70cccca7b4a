using VmObs.Signals.Wire.Otlp;

namespace VmObs.Signals.Wire.Jaeger;

/// <summary>Rewrites a jaeger.thrift Batch (binary protocol) as an OTLP request, so that one reader gives both the same meaning.</summary>
/// <remarks>https://github.com/jaegertracing/jaeger-idl/blob/main/thrift/jaeger.thrift and OpenTelemetry's trace/sdk_exporters/jaeger.md, read
/// backwards. Fields: docs/send/jaeger.md.</remarks>
internal static class JaegerTranscoder
{
    private const int ResourceAttributes = 1, SpanAttributes = 9, EventName = 2, EventAttributes = 3;
    private const long MaxMicros = long.MaxValue / 1_000;

    /// <summary>Rewrites a body.</summary>
    /// <param name="thrift">The body.</param>
    /// <param name="into">Gets the protobuf, at most about <paramref name="maxBytes"/>.</param>
    /// <param name="maxBytes">Bound of the protobuf.</param>
    /// <returns>Why the body could not be read; null when it was.</returns>
    public static WireError? Transcode(ReadOnlySpan<byte> thrift, PooledBuffer into, int maxBytes)
    {
        maxBytes = Math.Min(maxBytes, ProtobufWriter.MaxFramedBytes - 1);
        var fault = default(WireFault);
        var batch = new ThriftReader(thrift, ref fault);
        var resourceSpans = ProtobufWriter.BeginMessage(into, 1);
        var where = "Batch";
        while (batch.NextField())
        {
            if (batch.Is(1, ThriftReader.Struct))
                WriteProcess(ref batch, into);
            else if (batch.Is(2, ThriftReader.List))
                where = WriteSpans(ref batch, into, maxBytes);
            else
                batch.Skip();
        }
        if (!fault.IsSet && batch.Position < thrift.Length)
            fault.Set(batch.Position, "the end of the Batch", "more");
        if (fault.IsSet)
            return new WireError(fault.Offset, where, fault.Expected!, fault.Found!);
        ProtobufWriter.EndMessage(into, resourceSpans);
        return null;
    }

    private static void WriteProcess(ref ThriftReader process, PooledBuffer into)
    {
        var resource = ProtobufWriter.BeginMessage(into, 1);
        while (process.NextField())
        {
            if (process.Is(1, ThriftReader.Text))
                OtlpAttributeWriter.Text(into, ResourceAttributes, ResourceMapping.ServiceAttribute, process.ReadText());
            else if (process.Is(2, ThriftReader.List))
                WriteTags(ref process, into, ResourceAttributes);
            else
                process.Skip();
        }
        ProtobufWriter.EndMessage(into, resource);
    }

    private static string WriteSpans(ref ThriftReader batch, PooledBuffer into, int maxBytes)
    {
        var scopeSpans = ProtobufWriter.BeginMessage(into, 2);
        var count = batch.ReadStructs();
        for (var i = 0; i < count; i++)
        {
            if (into.Length > maxBytes)
                batch.Fail($"a request of at most {maxBytes} bytes as protobuf", "a larger one");
            WriteSpan(ref batch, into);
            if (batch.Failed)
                return $"Batch.spans[{i}]";
        }
        ProtobufWriter.EndMessage(into, scopeSpans);
        return "Batch";
    }

    private static void WriteSpan(ref ThriftReader span, PooledBuffer into)
    {
        var message = ProtobufWriter.BeginMessage(into, 2);
        long traceLow = 0, traceHigh = 0, id = 0, parent = 0, start = 0, duration = 0, flags = 0;
        var marks = default(TagMarks);
        while (span.NextField())
        {
            switch (span.Field, span.Type)
            {
                case (1, ThriftReader.I64): traceLow = span.ReadI64(); break;
                case (2, ThriftReader.I64): traceHigh = span.ReadI64(); break;
                case (3, ThriftReader.I64): id = span.ReadI64(); break;
                case (4, ThriftReader.I64): parent = span.ReadI64(); break;
                case (5, ThriftReader.Text): ProtobufWriter.Bytes(into, 5, span.ReadText()); break;
                case (6, ThriftReader.List): WriteReferences(ref span, into, ref parent); break;
                case (7, ThriftReader.I32): flags = span.ReadI32(); break;
                case (8, ThriftReader.I64): start = span.ReadI64(); break;
                case (9, ThriftReader.I64): duration = span.ReadI64(); break;
                case (10, ThriftReader.List): marks = WriteTags(ref span, into, SpanAttributes); break;
                case (11, ThriftReader.List): WriteLogs(ref span, into); break;
                default: span.Skip(); break;
            }
        }
        OtlpAttributeWriter.TraceId(into, 1, (ulong)traceHigh, (ulong)traceLow);
        OtlpAttributeWriter.SpanId(into, 2, (ulong)id);
        if (parent != 0)
            OtlpAttributeWriter.SpanId(into, 4, (ulong)parent);
        ProtobufWriter.Varint(into, 6, marks.Kind);
        ProtobufWriter.Fixed64(into, 7, Nanos(start));
        ProtobufWriter.Fixed64(into, 8, duration > MaxMicros - Math.Max(0, start) ? ulong.MaxValue : Nanos(start + Math.Max(0, duration)));
        // Both count "sampled" as the lowest bit.
        ProtobufWriter.Fixed32(into, 16, (uint)(flags & 1));
        WriteStatus(into, marks.Status);
        ProtobufWriter.EndMessage(into, message);
    }

    private static void WriteStatus(PooledBuffer into, ulong code)
    {
        if (code == 0)
            return;
        var status = ProtobufWriter.BeginMessage(into, 15);
        ProtobufWriter.Varint(into, 3, code);
        ProtobufWriter.EndMessage(into, status);
    }

    /// <summary>A reference to the parent may stand for the parent's id; others are links.</summary>
    private static void WriteReferences(ref ThriftReader span, PooledBuffer into, ref long parent)
    {
        var count = span.ReadStructs();
        for (var i = 0; i < count && !span.Failed; i++)
        {
            long type = 0, low = 0, high = 0, id = 0;
            while (span.NextField())
            {
                switch (span.Field, span.Type)
                {
                    case (1, ThriftReader.I32): type = span.ReadI32(); break;
                    case (2, ThriftReader.I64): low = span.ReadI64(); break;
                    case (3, ThriftReader.I64): high = span.ReadI64(); break;
                    case (4, ThriftReader.I64): id = span.ReadI64(); break;
                    default: span.Skip(); break;
                }
            }
            if (type == 0 && (parent == 0 || parent == id))
            {
                parent = id;
                continue;
            }
            var link = ProtobufWriter.BeginMessage(into, 13);
            OtlpAttributeWriter.TraceId(into, 1, (ulong)high, (ulong)low);
            OtlpAttributeWriter.SpanId(into, 2, (ulong)id);
            ProtobufWriter.EndMessage(into, link);
        }
    }

    private static void WriteLogs(ref ThriftReader span, PooledBuffer into)
    {
        var count = span.ReadStructs();
        for (var i = 0; i < count && !span.Failed; i++)
        {
            var message = ProtobufWriter.BeginMessage(into, 11);
            while (span.NextField())
            {
                if (span.Is(1, ThriftReader.I64))
                    ProtobufWriter.Fixed64(into, 1, Nanos(span.ReadI64()));
                else if (span.Is(2, ThriftReader.List))
                    WriteTags(ref span, into, EventAttributes);
                else
                    span.Skip();
            }
            ProtobufWriter.EndMessage(into, message);
        }
    }

    /// <summary>Writes tags as attributes; of a span's those that OTLP has fields for are given back instead.</summary>
    private static TagMarks WriteTags(ref ThriftReader reader, PooledBuffer into, int field)
    {
        var marks = default(TagMarks);
        var count = reader.ReadStructs();
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            ReadOnlySpan<byte> key = default, text = default, bytes = default;
            long type = 0, integer = 0;
            double number = 0;
            var yes = false;
            while (reader.NextField())
            {
                switch (reader.Field, reader.Type)
                {
                    case (1, ThriftReader.Text): key = reader.ReadText(); break;
                    case (2, ThriftReader.I32): type = reader.ReadI32(); break;
                    case (3, ThriftReader.Text): text = reader.ReadText(); break;
                    case (4, ThriftReader.Double): number = reader.ReadDouble(); break;
                    case (5, ThriftReader.Bool): yes = reader.ReadByte() != 0; break;
                    case (6, ThriftReader.I64): integer = reader.ReadI64(); break;
                    case (7, ThriftReader.Text): bytes = reader.ReadText(); break;
                    default: reader.Skip(); break;
                }
            }
            if (reader.Failed || (field == SpanAttributes && marks.Take(key, text, yes)))
                continue;
            if (field == EventAttributes && type == 0 && key.SequenceEqual("event"u8))
            {
                ProtobufWriter.Bytes(into, EventName, text);
                continue;
            }
            switch (type)
            {
                case 1: OtlpAttributeWriter.Double(into, field, key, number); break;
                case 2: OtlpAttributeWriter.Boolean(into, field, key, yes); break;
                case 3: OtlpAttributeWriter.Integer(into, field, key, integer); break;
                case 4: OtlpAttributeWriter.Bytes(into, field, key, bytes); break;
                default: OtlpAttributeWriter.Text(into, field, key, text); break;
            }
        }
        return marks;
    }

    private static ulong Nanos(long micros) => micros is < 0 or > MaxMicros ? 0 : (ulong)micros * 1_000;

    /// <summary>What a span's tags say that OTLP has fields for.</summary>
    private struct TagMarks
    {
        public ulong Kind, Status;

        /// <summary>Takes span.kind, otel.status_code and error=true; false for any other tag.</summary>
        public bool Take(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text, bool yes)
        {
            if (key.SequenceEqual("span.kind"u8))
                Kind = KindOf(text);
            else if (key.SequenceEqual("otel.status_code"u8))
                Status = text.SequenceEqual("ERROR"u8) ? 2UL : text.SequenceEqual("OK"u8) ? 1UL : Status;
            else if (key.SequenceEqual("error"u8) && (yes || text.SequenceEqual("true"u8)))
                Status = 2;
            else
                return false;
            return true;
        }

        private static ulong KindOf(ReadOnlySpan<byte> text) =>
            text.SequenceEqual("server"u8) ? 2UL : text.SequenceEqual("client"u8) ? 3UL : text.SequenceEqual("producer"u8) ? 4UL
            : text.SequenceEqual("consumer"u8) ? 5UL : text.SequenceEqual("internal"u8) ? 1UL : 0;
    }
}
