using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>What the records of one request share while it is read: rules, arrival, scratch space and the current resource and scope.</summary>
/// <remarks>Used again for the next request; not thread-safe.</remarks>
internal sealed class OtlpContext : IDisposable
{
    private readonly PooledBuffer _service = new(256), _node = new(256), _resource = new(1024), _scope = new(256);
    private bool _resourceTooLarge;

    public OtlpContext(IngestRules rules, SeriesInterner interner)
    {
        Rules = rules;
        Interner = interner;
        Mapping = new ResourceMapping(rules);
        Values = new AnyValueWriter(Attributes);
        Entities = new OtlpEntityWriter(rules);
    }

    public IngestRules Rules { get; }

    public SeriesInterner Interner { get; }

    public ResourceMapping Mapping { get; }

    public AttributeList Attributes { get; } = new();

    public AnyValueWriter Values { get; }

    /// <summary>The resource's entity references.</summary>
    public OtlpEntityWriter Entities { get; }

    /// <summary>Space for one value; whoever uses it clears it first.</summary>
    public PooledBuffer Scratch { get; } = new(1024);

    /// <summary>When the request arrived, Unix ns.</summary>
    public long ArrivalUnixNanos { get; private set; }

    /// <summary>The latest time that a record may have, Unix ns, inclusive.</summary>
    public long LatestUnixNanos { get; private set; }

    /// <summary>The resource's service, UTF-8.</summary>
    public ReadOnlySpan<byte> Service => _service.WrittenSpan;

    /// <summary>The resource's node, short name, UTF-8.</summary>
    public ReadOnlySpan<byte> Node => _node.WrittenSpan;

    /// <summary>The resource's attributes save service.name, its "schema_url" and its "entities" as a JSON object; empty when it has none.</summary>
    public ReadOnlySpan<byte> ResourceJson => _resource.WrittenSpan;

    /// <summary>The scope as a JSON object {"name","version","attributes","schema_url"}; empty when it says nothing.</summary>
    public ReadOnlySpan<byte> ScopeJson => _scope.WrittenSpan;

    /// <summary>Whether service, node, resource and scope together are over half the limit for a record.</summary>
    public bool SharedPartTooLarge { get; private set; }

    /// <summary>Length that a buffer may reach while a record that begins at this offset is written to it.</summary>
    public int RecordLimit(int start) => (int)Math.Min((long)start + Rules.MaxRecordBytes, int.MaxValue);

    /// <summary>Whether the record just written was cut short; asked once a record.</summary>
    public bool TakeOverflow()
    {
        var overflowed = Values.Overflowed;
        Values.Overflowed = false;
        return overflowed;
    }

    public void BeginRequest(long arrivalUnixNanos)
    {
        ArrivalUnixNanos = arrivalUnixNanos;
        LatestUnixNanos = arrivalUnixNanos > long.MaxValue - Rules.MaxAheadNanos ? long.MaxValue : arrivalUnixNanos + Rules.MaxAheadNanos;
        Attributes.Release(0);
        Values.Overflowed = false;
    }

    /// <summary>Reads the Resource message.</summary>
    /// <param name="message">At its start; one with no bytes for a resource that is not given.</param>
    /// <param name="schemaUrl">Of the resource; empty when not given.</param>
    public void ReadResource(ref ProtobufReader message, ReadOnlySpan<byte> schemaUrl)
    {
        _service.Clear();
        _node.Clear();
        _resource.Clear();
        _scope.Clear();
        Entities.Begin();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: Attributes.Read(ref message); break;
                case 3 << 3 | ProtobufReader.Bytes: Entities.Add(message.ReadMessage()); break;
                default: message.Skip(OtlpSchema.Resource.Known); break;
            }
        }
        Attributes.DropDuplicates(message, 0);
        MapResource(ref message);
        WriteResource(ref message, schemaUrl);
        Attributes.Release(0);
        _resourceTooLarge = TakeOverflow() || Entities.Overflowed;
    }

    /// <summary>Reads the InstrumentationScope message.</summary>
    /// <param name="message">At its start; one with no bytes for a scope that is not given.</param>
    /// <param name="schemaUrl">Of the scope; empty when not given.</param>
    public void ReadScope(ref ProtobufReader message, ReadOnlySpan<byte> schemaUrl)
    {
        _scope.Clear();
        WireSlice name = default, version = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: name = message.ReadSlice(); break;
                case 2 << 3 | ProtobufReader.Bytes: version = message.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Bytes: Attributes.Read(ref message); break;
                default: message.Skip(OtlpSchema.Scope.Known); break;
            }
        }
        Attributes.DropDuplicates(message, 0);
        if ((long)name.Length + version.Length + schemaUrl.Length > Rules.MaxRecordBytes)
            Values.Overflowed = true;
        else if (!name.IsEmpty || !version.IsEmpty || !schemaUrl.IsEmpty || Attributes.Count > 0)
            WriteScope(ref message, name, version, schemaUrl);
        Attributes.Release(0);
        // Half, so that no small record is written and taken back over and over for what it shares with others.
        SharedPartTooLarge = TakeOverflow() || _resourceTooLarge
            || (long)_service.Length + _node.Length + _resource.Length + _scope.Length > Rules.MaxRecordBytes / 2;
    }

    public void Dispose()
    {
        _service.Dispose();
        _node.Dispose();
        _resource.Dispose();
        _scope.Dispose();
        Entities.Dispose();
        Scratch.Dispose();
    }

    private void WriteResource(ref ProtobufReader message, ReadOnlySpan<byte> schemaUrl)
    {
        Values.Limit = Rules.MaxRecordBytes;
        var hasSchema = !schemaUrl.IsEmpty && schemaUrl.Length <= Rules.MaxRecordBytes;
        Values.Overflowed |= hasSchema != !schemaUrl.IsEmpty;
        // Attributes of these names give way: a member stands once.
        for (var i = 0; i < Attributes.Count && (hasSchema || !Entities.Json.IsEmpty); i++)
        {
            var key = message.Span(Attributes.Span[i].Key);
            if ((hasSchema && key.SequenceEqual("schema_url"u8)) || (!Entities.Json.IsEmpty && key.SequenceEqual("entities"u8)))
                Attributes.Drop(i);
        }
        Values.WritePairs(ref message, 0, ResourceMapping.ServiceAttribute, _resource);
        if (Values.Overflowed)
            return;
        if (hasSchema)
        {
            BeginResourceMember("\"schema_url\":"u8);
            JsonText.WriteString(_resource, schemaUrl);
            _resource.WriteByte((byte)'}');
        }
        if (Entities.Json.IsEmpty)
            return;
        BeginResourceMember("\"entities\":"u8);
        _resource.Write(Entities.Json);
        _resource.WriteByte((byte)'}');
    }

    private void BeginResourceMember(ReadOnlySpan<byte> member)
    {
        if (_resource.Length > 0)
            _resource.Truncate(_resource.Length - 1);
        _resource.WriteByte(_resource.Length > 0 ? (byte)',' : (byte)'{');
        _resource.Write(member);
    }

    private void WriteScope(ref ProtobufReader message, WireSlice name, WireSlice version, ReadOnlySpan<byte> schemaUrl)
    {
        _scope.Write("{\"name\":"u8);
        JsonText.WriteString(_scope, message.Span(name));
        if (!version.IsEmpty)
        {
            _scope.Write(",\"version\":"u8);
            JsonText.WriteString(_scope, message.Span(version));
        }
        if (Attributes.Count > 0)
        {
            _scope.Write(",\"attributes\":"u8);
            Values.Limit = Rules.MaxRecordBytes;
            Values.WritePairs(ref message, 0, default, _scope, evenEmpty: true);
        }
        if (!schemaUrl.IsEmpty)
        {
            _scope.Write(",\"schema_url\":"u8);
            JsonText.WriteString(_scope, schemaUrl);
        }
        _scope.WriteByte((byte)'}');
    }

    private void MapResource(ref ProtobufReader message)
    {
        var best = int.MaxValue;
        for (var i = 0; i < Attributes.Count; i++)
        {
            var pair = Attributes.Span[i];
            if (pair.Dropped)
                continue;
            var key = message.Span(pair.Key);
            var rank = Mapping.NodeRank(key);
            if (rank < best)
            {
                WriteText(ref message, pair.Value, Scratch);
                var node = NodeName.ToShort(Scratch.WrittenSpan);
                if (node.IsEmpty)
                    continue;
                best = rank;
                _node.Clear();
                _node.Write(node);
            }
            if (key.SequenceEqual(ResourceMapping.ServiceAttribute))
                WriteText(ref message, pair.Value, _service);
        }
        if (_service.Length == 0)
            _service.Write(Mapping.UnknownService);
        if (_node.Length == 0)
            _node.Write(Mapping.UnknownNode);
    }

    private void WriteText(ref ProtobufReader message, WireSlice value, PooledBuffer destination)
    {
        destination.Clear();
        Values.Limit = Rules.MaxRecordBytes;
        var reader = message.Open(value, 2);
        var any = AnyValue.Read(ref reader);
        if (any.Kind != AnyValueKind.Text)
        {
            Values.WriteLabelText(ref reader, any, destination);
            return;
        }
        var text = reader.Span(any.Slice);
        if (System.Text.Unicode.Utf8.IsValid(text))
            destination.Write(text);
        else
            Utf8Text.Repair(text, destination);
    }
}
