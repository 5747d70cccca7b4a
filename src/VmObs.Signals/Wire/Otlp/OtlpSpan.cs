namespace VmObs.Signals.Wire.Otlp;

/// <summary>The parts of one OTLP Span, texts still in the body; its attributes go to an <see cref="AttributeList"/>, events and links
/// are read again when they are rendered.</summary>
internal readonly record struct OtlpSpan
{
    public const int EventsField = 11, LinksField = 13;

    public WireSlice TraceId { get; private init; }

    public WireSlice SpanId { get; private init; }

    public WireSlice ParentSpanId { get; private init; }

    public WireSlice TraceState { get; private init; }

    public WireSlice Name { get; private init; }

    public WireSlice Status { get; private init; }

    public ulong Start { get; private init; }

    public ulong End { get; private init; }

    public ulong Kind { get; private init; }

    public uint Flags { get; private init; }

    public bool HasEvents { get; private init; }

    public bool HasLinks { get; private init; }

    /// <summary>Whether the bytes are an id: so many, not all zero.</summary>
    public static bool IsId(ReadOnlySpan<byte> id, int length) => id.Length == length && id.ContainsAnyExcept((byte)0);

    /// <summary>Reads a Span message to its end.</summary>
    public static OtlpSpan Read(ref ProtobufReader message, AttributeList attributes)
    {
        WireSlice traceId = default, spanId = default, parent = default, state = default, name = default, status = default;
        ulong start = 0, end = 0, kind = 0;
        uint flags = 0;
        bool events = false, links = false;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: traceId = message.ReadSlice(); break;
                case 2 << 3 | ProtobufReader.Bytes: spanId = message.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Bytes: state = message.ReadSlice(); break;
                case 4 << 3 | ProtobufReader.Bytes: parent = message.ReadSlice(); break;
                case 5 << 3 | ProtobufReader.Bytes: name = message.ReadSlice(); break;
                case 6 << 3 | ProtobufReader.Varint: kind = message.ReadVarint(); break;
                case 7 << 3 | ProtobufReader.Fixed64: start = message.ReadFixed64(); break;
                case 8 << 3 | ProtobufReader.Fixed64: end = message.ReadFixed64(); break;
                case 9 << 3 | ProtobufReader.Bytes: attributes.Read(ref message); break;
                case EventsField << 3 | ProtobufReader.Bytes: message.ReadSlice(); events = true; break;
                case LinksField << 3 | ProtobufReader.Bytes: message.ReadSlice(); links = true; break;
                case 15 << 3 | ProtobufReader.Bytes: status = message.ReadOnce(status); break;
                case 16 << 3 | ProtobufReader.Fixed32: flags = message.ReadFixed32(); break;
                default: message.Skip(OtlpSchema.Span.Known); break;
            }
        }
        return new OtlpSpan
        {
            TraceId = traceId,
            SpanId = spanId,
            ParentSpanId = parent,
            TraceState = state,
            Name = name,
            Status = status,
            Start = start,
            End = end,
            Kind = kind,
            Flags = flags,
            HasEvents = events,
            HasLinks = links,
        };
    }
}
