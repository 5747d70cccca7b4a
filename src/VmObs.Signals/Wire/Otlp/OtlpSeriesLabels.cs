using System.Text;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>The labels of OTLP series: those that all points of a resource and scope share, and each point's attributes.</summary>
/// <remarks>Use: <see cref="BeginResource"/>, <see cref="BeginScope"/>, then <see cref="TryBeginPoint"/> for each point, after which
/// <see cref="Labels"/> lack the name alone. Not thread-safe. docs/resource-mapping.md</remarks>
internal sealed class OtlpSeriesLabels : IDisposable
{
    private readonly OtlpContext _context;
    private readonly OtlpAttributeLabels _attributes;
    private readonly byte[][] _promoted;
    private readonly PooledBuffer _job = new(256), _instance = new(256), _name = new(256);
    private (int Labels, int Bytes) _promotedMark, _sharedMark;
    private bool _promotedFit, _sharedFits;

    public OtlpSeriesLabels(OtlpContext context)
    {
        _context = context;
        _attributes = new OtlpAttributeLabels(context);
        _promoted = [.. context.Rules.PromoteResourceAttributes.Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>The set being built.</summary>
    public LimitedLabels Labels => _attributes.Labels;

    private bool AsSent => _context.Rules.OtlpTranslation == OtlpTranslation.AsSent;

    /// <summary>Takes what series need of the Resource message, which the context has read before.</summary>
    public void BeginResource(ProtobufReader message)
    {
        _job.Clear();
        _instance.Clear();
        _promotedFit = true;
        _attributes.Begin();
        if (!AsSent)
            ReadResource(ref message);
        _promotedMark = Labels.Builder.Mark();
    }

    /// <summary>Takes what series need of the InstrumentationScope message.</summary>
    /// <param name="message">At its start; one with no bytes for a scope that is not given.</param>
    /// <param name="schemaUrl">Of the scope; empty when not given.</param>
    public void BeginScope(ProtobufReader message, ReadOnlySpan<byte> schemaUrl)
    {
        Labels.Builder.Rewind(_promotedMark);
        _attributes.ReleaseOwned();
        _sharedFits = _promotedFit;
        if (!AsSent)
            SetScope(ref message, schemaUrl);
        SetIdentity();
        _sharedMark = Labels.Builder.Mark();
    }

    /// <summary>Begins a point's set: what is shared, and its attributes.</summary>
    /// <param name="message">The point, read to its end; its attributes are all that the context's list holds.</param>
    /// <returns>False when a label breaks a limit or leaves no name, and when the body is malformed.</returns>
    public bool TryBeginPoint(ref ProtobufReader message)
    {
        Labels.Builder.Rewind(_sharedMark);
        return _sharedFits && _attributes.TrySet(ref message, default);
    }

    /// <summary>Writes all on which a point's labels depend but for its name and attributes.</summary>
    /// <returns>False when what is shared breaks a limit, and each point is refused.</returns>
    public bool TryWriteShared(PooledBuffer destination)
    {
        Labels.Builder.Rewind(_sharedMark);
        if (_sharedFits)
            _attributes.WriteState(destination);
        return _sharedFits;
    }

    /// <summary>Sets target_info's labels, without its name: the resource's attributes, and what identifies it in the other series.</summary>
    /// <param name="message">The Resource message, at its start.</param>
    /// <param name="schemaUrl">Of the resource; empty when not given.</param>
    /// <param name="any">Whether the resource has attributes beyond those that identify it.</param>
    /// <returns>Whether all fit.</returns>
    public bool TryBeginTargetInfo(ProtobufReader message, ReadOnlySpan<byte> schemaUrl, out bool any)
    {
        _attributes.Begin();
        _sharedFits = true;
        SetIdentity();
        SetOwned("otel_resource_schema_url"u8, schemaUrl);
        SetOwned("otel_resource_entities"u8, _context.Entities.Json);
        ReadAttributes(ref message);
        _context.Attributes.DropDuplicates(message, 0);
        any = false;
        for (var i = 0; i < _context.Attributes.Count; i++)
        {
            var pair = _context.Attributes.Span[i];
            if (IsIdentifying(message.Span(pair.Key)))
                _context.Attributes.Drop(i);
            else
                any |= !pair.Dropped;
        }
        var fits = _sharedFits && _attributes.TrySet(ref message, default, cutsValues: true);
        _context.Attributes.Release(0);
        return fits;
    }

    public void Dispose()
    {
        _attributes.Dispose();
        _job.Dispose();
        _instance.Dispose();
        _name.Dispose();
    }

    private static bool IsIdentifying(ReadOnlySpan<byte> key) =>
        key.SequenceEqual(ResourceMapping.ServiceAttribute) || key.SequenceEqual("service.namespace"u8) || key.SequenceEqual("service.instance.id"u8);

    private void ReadAttributes(ref ProtobufReader message)
    {
        while (message.NextField())
        {
            if (message.Tag == (1 << 3 | ProtobufReader.Bytes))
                _context.Attributes.Read(ref message);
            else
                message.Skip(OtlpSchema.Resource.Known & ~(1UL << 3));
        }
    }

    private void ReadResource(ref ProtobufReader message)
    {
        ReadAttributes(ref message);
        _context.Attributes.DropDuplicates(message, 0);
        WriteText(ref message, "service.namespace"u8, _job);
        if (_job.Length > 0)
            _job.WriteByte((byte)'/');
        var prefix = _job.Length;
        WriteText(ref message, ResourceMapping.ServiceAttribute, _job);
        if (_job.Length == prefix)
            _job.Clear(); // a namespace alone names no job
        WriteText(ref message, "service.instance.id"u8, _instance);
        Promote(ref message);
        _context.Attributes.Release(0);
    }

    /// <summary>Sets the promoted attributes, which a point's own attributes of the same name replace.</summary>
    private void Promote(ref ProtobufReader message)
    {
        foreach (var key in _promoted)
        {
            _context.Scratch.Clear();
            WriteText(ref message, key, _context.Scratch);
            if (_context.Scratch.Length == 0)
                continue;
            _name.Clear();
            _attributes.Namer.Write(key, _name);
            _promotedFit &= Labels.TrySet(_name.WrittenSpan, _context.Scratch.WrittenSpan);
        }
    }

    private void WriteText(ref ProtobufReader message, ReadOnlySpan<byte> wanted, PooledBuffer destination)
    {
        for (var i = 0; i < _context.Attributes.Count; i++)
        {
            var pair = _context.Attributes.Span[i];
            if (pair.Dropped || !message.Span(pair.Key).SequenceEqual(wanted))
                continue;
            _context.Values.Limit = _context.RecordLimit(destination.Length);
            var reader = message.Open(pair.Value, 2);
            var value = AnyValue.Read(ref reader);
            _context.Values.WriteLabelText(ref reader, value, destination);
            _context.TakeOverflow(); // what overflowed is over the limit for labels as well
            return;
        }
    }

    private void SetScope(ref ProtobufReader message, ReadOnlySpan<byte> schemaUrl)
    {
        WireSlice name = default, version = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: name = message.ReadSlice(); break;
                case 2 << 3 | ProtobufReader.Bytes: version = message.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Bytes: _context.Attributes.Read(ref message); break;
                default: message.Skip(OtlpSchema.Scope.Known); break;
            }
        }
        _sharedFits &= _attributes.TrySet(ref message, "otel_scope_"u8, owns: true);
        _context.Attributes.Release(0);
        SetOwned("otel_scope_name"u8, message.Span(name));
        SetOwned("otel_scope_version"u8, message.Span(version));
        SetOwned("otel_scope_schema_url"u8, schemaUrl);
    }

    private void SetIdentity()
    {
        SetOwned("instance"u8, _instance.WrittenSpan);
        SetOwned("job"u8, _job.WrittenSpan);
        SetOwned(ResourceMapping.NodeLabel, _context.Node);
        SetOwned(ResourceMapping.ServiceLabel, _context.Service);
    }

    /// <summary>Sets a label that a point's attributes do not replace.</summary>
    private void SetOwned(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
            _sharedFits &= _attributes.TrySetOwned(name, value);
    }
}
