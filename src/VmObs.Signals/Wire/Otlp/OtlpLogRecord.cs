namespace VmObs.Signals.Wire.Otlp;

/// <summary>The parts of one OTLP LogRecord, texts still in the body; its attributes go to an <see cref="AttributeList"/>.</summary>
internal readonly record struct OtlpLogRecord
{
    public ulong Time { get; private init; }

    public ulong Observed { get; private init; }

    public int SeverityNumber { get; private init; }

    public WireSlice SeverityText { get; private init; }

    public WireSlice Body { get; private init; }

    public uint DroppedAttributes { get; private init; }

    public uint Flags { get; private init; }

    public WireSlice TraceId { get; private init; }

    public WireSlice SpanId { get; private init; }

    public WireSlice EventName { get; private init; }

    /// <summary>Reads a LogRecord message to its end.</summary>
    public static OtlpLogRecord Read(ref ProtobufReader message, AttributeList attributes)
    {
        ulong time = 0, observed = 0;
        int severity = 0;
        uint dropped = 0, flags = 0;
        WireSlice severityText = default, body = default, traceId = default, spanId = default, eventName = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Fixed64: time = message.ReadFixed64(); break;
                case 2 << 3 | ProtobufReader.Varint: severity = (int)message.ReadVarint(); break;
                case 3 << 3 | ProtobufReader.Bytes: severityText = message.ReadSlice(); break;
                case 5 << 3 | ProtobufReader.Bytes: body = message.ReadOnce(body); break;
                case 6 << 3 | ProtobufReader.Bytes: attributes.Read(ref message); break;
                case 7 << 3 | ProtobufReader.Varint: dropped = (uint)message.ReadVarint(); break;
                case 8 << 3 | ProtobufReader.Fixed32: flags = message.ReadFixed32(); break;
                case 9 << 3 | ProtobufReader.Bytes: traceId = message.ReadSlice(); break;
                case 10 << 3 | ProtobufReader.Bytes: spanId = message.ReadSlice(); break;
                case 11 << 3 | ProtobufReader.Fixed64: observed = message.ReadFixed64(); break;
                case 12 << 3 | ProtobufReader.Bytes: eventName = message.ReadSlice(); break;
                default: message.Skip(OtlpSchema.LogRecord.Known); break;
            }
        }
        return new OtlpLogRecord
        {
            Time = time,
            Observed = observed,
            SeverityNumber = severity,
            SeverityText = severityText,
            Body = body,
            DroppedAttributes = dropped,
            Flags = flags,
            TraceId = traceId,
            SpanId = spanId,
            EventName = eventName,
        };
    }
}
