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
    }

    public IngestRules Rules { get; }

    public SeriesInterner Interner { get; }

    public ResourceMapping Mapping { get; }

    public AttributeList Attributes { get; } = new();

    public AnyValueWriter Values { get; }

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

    /// <summary>The resource's attributes save service.name as a JSON object; empty when there are none.</summary>
    public ReadOnlySpan<byte> ResourceJson => _resource.WrittenSpan;

    /// <summary>The scope as a JSON object {"name","version","attributes"}; empty when it says nothing.</summary>
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

    /// <summary>Reads the Resource message; one with no bytes for a resource that is not given.</summary>
    public void ReadResource(ref ProtobufReader message)
    {
        _service.Clear();
        _node.Clear();
        _resource.Clear();
        _scope.Clear();
        while (message.NextField())
        {
            if (message.Tag == (1 << 3 | ProtobufReader.Bytes))
                Attributes.Read(ref message);
            else
                message.Skip(OtlpSchema.Resource.Known);
        }
        Attributes.DropDuplicates(message, 0);
        MapResource(ref message);
        Values.Limit = Rules.MaxRecordBytes;
        Values.WritePairs(ref message, 0, ResourceMapping.ServiceAttribute, _resource);
        Attributes.Release(0);
        _resourceTooLarge = TakeOverflow();
    }

    /// <summary>Reads the InstrumentationScope message; one with no bytes for a scope that is not given.</summary>
    public void ReadScope(ref ProtobufReader message)
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
        if (name.Length + version.Length > Rules.MaxRecordBytes)
            Values.Overflowed = true;
        else if (!name.IsEmpty || !version.IsEmpty || Attributes.Count > 0)
            WriteScope(ref message, name, version);
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
        Scratch.Dispose();
    }

    private void WriteScope(ref ProtobufReader message, WireSlice name, WireSlice version)
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
