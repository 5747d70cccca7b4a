using System.Buffers.Binary;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>Reads an io.prometheus.write.v2.Request (remote_write 2.0) into samples; labels are pairs of references into its table of symbols.</summary>
/// <remarks>A created timestamp is passed over: a counter's start is seen from its samples. The references of a series change from request to request, so what a series is found by is the text that they stand for.</remarks>
internal sealed class RemoteWrite2Reader(SeriesIntake intake, SeriesInterner interner) : IDisposable
{
    /// <summary>First byte of what a series is found by; remote_write 1.0's begin with a label's tag, 0x0A.</summary>
    private const byte KeyMark = 2;

    /// <summary>A table that grew beyond this for one request is let go.</summary>
    private const int KeptSymbols = 256 * 1024;

    private readonly List<WireSlice> _symbols = [];
    private readonly List<uint> _refs = [];
    private readonly PooledBuffer _key = new(1024);
    private SeriesEntry? _last;

    public void Read(ref ProtobufReader request, long latestUnixNanos, MetricBatch into)
    {
        intake.BeginRequest(into, latestUnixNanos);
        _symbols.Clear();
        if (_symbols.Capacity > KeptSymbols)
            _symbols.Capacity = 0;
        _last = null;
        var second = request;
        while (request.NextField())
        {
            if (request.Tag == (4 << 3 | ProtobufReader.Bytes))
                _symbols.Add(request.ReadSlice());
            else
                request.Skip(RemoteWrite2Schema.Request.Known & ~(1UL << 5));
        }
        while (second.NextField())
        {
            if (second.Tag == (5 << 3 | ProtobufReader.Bytes))
                ReadSeries(ref second);
            else
                second.Skip(RemoteWrite2Schema.Request.Known & ~(1UL << 4));
        }
    }

    public void Dispose() => _key.Dispose();

    private void ReadSeries(ref ProtobufReader request)
    {
        var message = request.ReadMessage();
        _refs.Clear();
        intake.BeginSeries();
        var (type, unit) = (0UL, 0UL);
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: ReadRefs(message.ReadMessage()); break;
                case 1 << 3 | ProtobufReader.Varint: AddRef((uint)message.ReadVarint()); break;
                case 2 << 3 | ProtobufReader.Bytes: ReadSample(message.ReadMessage()); break;
                case 3 << 3 | ProtobufReader.Bytes: intake.Histograms.Add(message.ReadSlice()); break;
                case 4 << 3 | ProtobufReader.Bytes: intake.Exemplars.Add(message.ReadSlice()); break;
                case 5 << 3 | ProtobufReader.Bytes: (type, unit) = ReadMetadata(message.ReadMessage()); break;
                default: message.Skip(RemoteWrite2Schema.TimeSeries.Known & ~(1UL << 1)); break;
            }
        }
        if (!CheckRefs(ref message))
            return;
        if (!FitsLimits(ref request))
        {
            // One short message may stand for gigabytes of text: refused before it is written out.
            intake.IsRefused("with labels over the limits"u8, labelsRefused: true);
            return;
        }
        WriteKey(ref request);
        var entry = interner.FollowerOf(_last, _key.WrittenSpan) is { } guess && guess.Bytes.Length == _key.Length ? guess : interner.FindWire(_key.WrittenSpan);
        if (entry is null && !TryAdd(ref request, out entry))
            return;
        Follow(entry!);
        var series = entry!.Series;
        if (!intake.IsEmpty && !(intake.IsFull && intake.IsRefused(series.Name, labelsRefused: false)))
            Add(ref request, series, type, unit < (ulong)_symbols.Count ? request.Span(_symbols[(int)unit]) : default);
    }

    private void Add(ref ProtobufReader request, InternedSeries series, ulong type, ReadOnlySpan<byte> unit)
    {
        intake.AddSamples(series, FamilyMetadata.KindOf(type), unit);
        if (intake.Histograms.Count > 0)
            intake.AddHistograms(ref request, series, unit);
        foreach (var exemplar in intake.Exemplars)
            AddExemplar(ref request, request.Open(exemplar, 2), series, unit);
    }

    private void AddExemplar(ref ProtobufReader request, ProtobufReader message, InternedSeries series, ReadOnlySpan<byte> unit)
    {
        double value = 0;
        long millis = 0;
        _refs.Clear();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: ReadRefs(message.ReadMessage()); break;
                case 1 << 3 | ProtobufReader.Varint: AddRef((uint)message.ReadVarint()); break;
                case 2 << 3 | ProtobufReader.Fixed64: value = message.ReadDouble(); break;
                case 3 << 3 | ProtobufReader.Varint: millis = (long)message.ReadVarint(); break;
                default: message.Skip(0b1110); break;
            }
        }
        if (!CheckRefs(ref message))
            return;
        intake.Exemplar.Begin();
        for (var i = 0; i < _refs.Count; i += 2)
            intake.Exemplar.AddLabel(request.Span(_symbols[(int)_refs[i]]), request.Span(_symbols[(int)_refs[i + 1]]));
        intake.AddExemplar(series, millis, value, unit);
    }

    /// <summary>Reads packed references as one reads a message: a run of varints.</summary>
    private void ReadRefs(ProtobufReader packed)
    {
        while (packed.HasMore)
            AddRef((uint)packed.ReadVarint());
    }

    /// <summary>Keeps a reference; of more than any series may have only enough to see that.</summary>
    private void AddRef(uint reference)
    {
        if (_refs.Count < 2 * (intake.MaxLabels + 1))
            _refs.Add(reference);
    }

    private void ReadSample(ProtobufReader message)
    {
        double value = 0;
        long millis = 0;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Fixed64: value = message.ReadDouble(); break;
                case 2 << 3 | ProtobufReader.Varint: millis = (long)message.ReadVarint(); break;
                default: message.Skip(RemoteWrite2Schema.Sample.Known); break;
            }
        }
        intake.Points.Add((millis, value));
    }

    private static (ulong Type, ulong Unit) ReadMetadata(ProtobufReader message)
    {
        ulong type = 0, unit = 0;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Varint: type = message.ReadVarint(); break;
                case 4 << 3 | ProtobufReader.Varint: unit = message.ReadVarint(); break;
                default: message.Skip(RemoteWrite2Schema.Metadata.Known); break;
            }
        }
        return (type, unit);
    }

    private bool CheckRefs(ref ProtobufReader message)
    {
        if (message.Failed)
            return false;
        if (_refs.Count % 2 != 0)
            message.Fail(message.Position, "labels_refs in pairs", $"{_refs.Count} of them");
        foreach (var reference in _refs)
        {
            if (reference >= (uint)_symbols.Count)
                message.Fail(message.Position, $"references below the {_symbols.Count} symbols", $"{reference}");
        }
        return !message.Failed;
    }

    private bool FitsLimits(ref ProtobufReader request)
    {
        if (_refs.Count > 2 * intake.MaxLabels)
            return false;
        foreach (var reference in _refs)
        {
            if (request.Span(_symbols[(int)reference]).Length > intake.MaxLabelBytes)
                return false;
        }
        return true;
    }

    /// <summary>Writes mark, then each text with its length.</summary>
    private void WriteKey(ref ProtobufReader request)
    {
        _key.Clear();
        _key.WriteByte(KeyMark);
        foreach (var reference in _refs)
        {
            var text = request.Span(_symbols[(int)reference]);
            BinaryPrimitives.WriteInt32LittleEndian(_key.GetSpan(4), text.Length);
            _key.Advance(4);
            _key.Write(text);
        }
    }

    private bool TryAdd(ref ProtobufReader request, out SeriesEntry? entry)
    {
        entry = null;
        ReadOnlySpan<byte> name = default, instance = default, job = default;
        bool hasNode = false, hasService = false, refused = false;
        intake.Labels.Begin();
        for (var i = 0; i < _refs.Count; i += 2)
        {
            var label = request.Span(_symbols[(int)_refs[i]]);
            var value = request.Span(_symbols[(int)_refs[i + 1]]);
            if (label.SequenceEqual("__name__"u8))
                name = value;
            else if (label.SequenceEqual("instance"u8))
                instance = value;
            else if (label.SequenceEqual("job"u8))
                job = value;
            else if (label.SequenceEqual(ResourceMapping.NodeLabel))
                hasNode = !(value = NodeName.ToShort(value)).IsEmpty;
            else if (label.SequenceEqual(ResourceMapping.ServiceLabel))
                hasService = !value.IsEmpty;
            refused |= !intake.Labels.TrySet(label, value);
        }
        if (intake.IsRefused(name, refused) || refused || name.IsEmpty || !intake.TryAddMapped(name, instance, job, hasNode, hasService))
            return false;
        entry = interner.AddWire(_key.WrittenSpan, intake.Labels.Intern(interner));
        return true;
    }

    private void Follow(SeriesEntry entry)
    {
        if (_last is { Generation: >= 0 } last && last.Next != entry)
            last.Next = entry;
        _last = entry;
    }
}
