namespace VmObs.Signals.Wire.Otlp;

/// <summary>Renders a resource's entity references as a JSON array.</summary>
/// <remarks><code>[{"type":"host","id_keys":["host.id"],"description_keys":["host.name"],"schema_url":"https://…"}]</code>
/// The keys name attributes of the resource. https://opentelemetry.io/docs/specs/otel/entities/data-model/</remarks>
internal sealed class OtlpEntityWriter(IngestRules rules) : IDisposable
{
    private const int IdKeysField = 3, DescriptionKeysField = 4;

    private readonly PooledBuffer _json = new(256);

    /// <summary>The array; empty when the resource has no references.</summary>
    public ReadOnlySpan<byte> Json => _json.WrittenSpan;

    /// <summary>Whether references were left out because the array is over the limit for a record.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>Begins another resource.</summary>
    public void Begin()
    {
        _json.Clear();
        Overflowed = false;
    }

    /// <summary>Adds an EntityRef message, at its start.</summary>
    public void Add(ProtobufReader message)
    {
        if (_json.Length > rules.MaxRecordBytes)
        {
            Overflowed = true;
            return;
        }
        var idKeys = message;
        var descriptionKeys = message;
        WireSlice schemaUrl = default, type = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: schemaUrl = message.ReadSlice(); break;
                case 2 << 3 | ProtobufReader.Bytes: type = message.ReadSlice(); break;
                default: message.Skip(OtlpSchema.EntityRef.Known & ~(1UL << IdKeysField | 1UL << DescriptionKeysField)); break;
            }
        }
        if (_json.Length > 0)
            _json.Truncate(_json.Length - 1);
        _json.Write(_json.Length > 0 ? ","u8 : "["u8);
        _json.Write("{\"type\":"u8);
        JsonText.WriteString(_json, message.Span(type));
        WriteKeys(ref idKeys, IdKeysField, ",\"id_keys\":"u8);
        WriteKeys(ref descriptionKeys, DescriptionKeysField, ",\"description_keys\":"u8);
        if (!schemaUrl.IsEmpty)
        {
            _json.Write(",\"schema_url\":"u8);
            JsonText.WriteString(_json, message.Span(schemaUrl));
        }
        _json.Write("}]"u8);
    }

    public void Dispose() => _json.Dispose();

    private void WriteKeys(ref ProtobufReader message, int field, ReadOnlySpan<byte> member)
    {
        var any = false;
        while (message.NextField())
        {
            if (message.Tag != (field << 3 | ProtobufReader.Bytes))
            {
                message.Skip(1UL << field);
                continue;
            }
            if (!any)
            {
                _json.Write(member);
                _json.WriteByte((byte)'[');
            }
            else
            {
                _json.WriteByte((byte)',');
            }
            any = true;
            JsonText.WriteString(_json, message.ReadBytes());
        }
        if (any)
            _json.WriteByte((byte)']');
    }
}
