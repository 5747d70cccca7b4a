using System.Buffers.Text;
using VmObs.Signals.Metrics;
using VmObs.Signals.Wire.Json;

namespace VmObs.Signals.Wire.JsonMetrics;

/// <summary>Reads SPEC 2.1 documents into samples: one for each member of "metrics". Fields: docs/send/native-json.md.</summary>
internal sealed class JsonMetricReader(IngestRules rules, SeriesInterner interner) : IDisposable
{
    private readonly JsonMembers _members = new(), _labelMembers = new();
    private readonly ResourceMapping _mapping = new(rules);
    private readonly LimitedLabels _labels = new(rules);
    private readonly PooledBuffer _name = new(256), _scratch = new(256);
    private MetricBatch _batch = null!;
    private long _latestUnixNanos;
    private (int Labels, int Bytes) _shared;
    private bool _labelsFit;

    /// <summary>Reads a body of one document, an array, or one after another.</summary>
    public WireError? Read(ReadOnlySpan<byte> body, long latestUnixNanos, MetricBatch into)
    {
        (_batch, _latestUnixNanos) = (into, latestUnixNanos);
        var fault = default(WireFault);
        var documents = new JsonDocuments(body, ref fault);
        while (documents.Next(out var slice))
        {
            if (fault.IsSet)
                into.Refusals.Count(RefusalReason.MalformedRecord, $"line {documents.Line}: at byte {fault.Offset} expected {fault.Expected}, found {fault.Found}");
            else
                ReadDocument(documents.Open(slice), slice, documents.Line);
        }
        return documents.Error;
    }

    public void Dispose()
    {
        _labels.Dispose();
        _name.Dispose();
        _scratch.Dispose();
    }

    private void ReadDocument(JsonWalker document, WireSlice slice, int line)
    {
        if (document.PeekValue() != '{' || !_members.Read(document) || Find(document, "metrics"u8, (byte)'{') is not { Length: > 0 } metrics)
        {
            _batch.Refusals.Count(RefusalReason.MalformedRecord, $"line {line}: at byte {slice.Offset} expected an object with \"metrics\", an object, found {document.Span(slice)}");
            return;
        }
        var time = Find(document, "timestamp"u8, 0);
        _labelsFit = TrySetLabels(document);
        _shared = _labels.Builder.Mark();
        var values = document.Open(metrics);
        values.Enter('{');
        while (values.NextMember(out var name))
        {
            var value = values.Span(values.ReadValue());
            if (!TryReadTime(time.IsEmpty ? default : document.Span(time), line, out var nanos))
                continue;
            _name.Clear();
            _name.Write(JsonCopy.Text(document.Span(name), _scratch));
            AddSample(value, nanos, line);
        }
        if (Find(document, "scrape_duration_ms"u8, 0) is { Length: > 0 } scrape && TryReadTime(document.Span(time), line, out var scraped))
        {
            _name.Clear();
            _name.Write("scrape_duration_ms"u8);
            AddSample(document.Span(scrape), scraped, line);
        }
    }

    private bool TryReadTime(ReadOnlySpan<byte> value, int line, out long nanos)
    {
        nanos = 0;
        if (value.IsEmpty)
            _batch.Refusals.Count(RefusalReason.MissingTimestamp, $"line {line}: got no timestamp, want {JsonTime.Expected}");
        else if (!JsonTime.TryRead(value, out nanos))
            _batch.Refusals.Count(RefusalReason.InvalidTimestamp, $"line {line}: timestamp: got {value}, want {JsonTime.Expected}");
        else if (nanos > _latestUnixNanos)
            _batch.Refusals.Count(RefusalReason.TooFarAhead, $"line {line}: got time {Rfc3339.Format(nanos)}, want at most {Rfc3339.Format(_latestUnixNanos)}");
        else
            return true;
        return false;
    }

    private void AddSample(ReadOnlySpan<byte> value, long nanos, int line)
    {
        var name = _name.WrittenSpan;
        if (!TryReadNumber(value, out var number))
            _batch.Refusals.Count(RefusalReason.UnsupportedType, $"line {line}: metric {name}: got {value}, want a number, \"NaN\", \"+Inf\" or \"-Inf\"");
        else if (name.IsEmpty || name.Length > rules.MaxLabelBytes)
            _batch.Refusals.Count(RefusalReason.InvalidMetricName, $"line {line}: metric {name}: got a name of {name.Length} bytes, want 1 to {rules.MaxLabelBytes}");
        else if (_batch.TextBytes > rules.MaxBatchBytes)
            _batch.Refusals.Count(RefusalReason.TooLarge, $"line {line}: metric {name}: the request's label sets are over {rules.MaxBatchBytes} bytes, the most taken");
        else if (!_labelsFit || !TrySetName(name))
            _batch.Refusals.Count(RefusalReason.InvalidLabels, $"line {line}: metric {name}: a label has no name, is no text or number, or is over {rules.MaxLabelBytes} bytes, or there are over {rules.MaxLabels}");
        else
            _batch.AddSample(_batch.AddSeries(_labels.Intern(interner), MetricKind.Unknown, default), nanos, number);
    }

    private bool TrySetName(ReadOnlySpan<byte> name)
    {
        _labels.Builder.Rewind(_shared);
        return _labels.TrySet("__name__"u8, name);
    }

    /// <summary>Sets the document's labels, its node, and what else says what the sample is.</summary>
    private bool TrySetLabels(JsonWalker document)
    {
        _labels.Begin();
        var hasService = false;
        if (Find(document, "labels"u8, (byte)'{') is { Length: > 0 } labels)
        {
            _labelMembers.Read(document.Open(labels));
            _labelMembers.DropDuplicates(document);
            for (var i = 0; i < _labelMembers.Count; i++)
            {
                if (_labelMembers[i].Taken)
                    continue;
                var name = document.Span(_labelMembers[i].Name);
                if (!TrySetLabel(name, document.Span(_labelMembers[i].Value)))
                    return false;
                hasService |= name.SequenceEqual(ResourceMapping.ServiceLabel) && document.Span(_labelMembers[i].Value).Length > 2;
            }
        }
        return TrySetMember(document, "collection_method"u8)
            && TrySetMember(document, "category"u8)
            && TrySetNode(document)
            && (hasService || TrySetMember(document, ResourceMapping.ServiceLabel, _mapping.UnknownService));
    }

    private bool TrySetNode(JsonWalker document)
    {
        var node = Find(document, ResourceMapping.NodeLabel, (byte)'"');
        var text = node.Length > 2 ? NodeName.ToShort(JsonCopy.Text(document.Span(node)[1..^1], _scratch)) : default;
        return _labels.TrySet(ResourceMapping.NodeLabel, text.IsEmpty ? _mapping.UnknownNode : text);
    }

    private bool TrySetMember(JsonWalker document, ReadOnlySpan<byte> name, ReadOnlySpan<byte> otherwise = default)
    {
        var value = Find(document, name, (byte)'"');
        if (value.Length > 2)
            return TrySetLabel(name, document.Span(value));
        return otherwise.IsEmpty || _labels.TrySet(name, otherwise);
    }

    private bool TrySetLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value[0] is (byte)'{' or (byte)'[' || name.Contains((byte)'\\'))
            return false;
        return _labels.TrySet(name, value[0] == '"' ? JsonCopy.Text(value[1..^1], _scratch) : value);
    }

    private WireSlice Find(in JsonWalker document, ReadOnlySpan<byte> name, byte first)
    {
        var member = _members.IndexOf(document, name);
        return member >= 0 && (first == 0 || document.Span(_members[member].Value)[0] == first) ? _members[member].Value : default;
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> value, out double number)
    {
        if (Utf8Parser.TryParse(value, out number, out var read) && read == value.Length)
            return double.IsFinite(number);
        number = value.SequenceEqual("\"NaN\""u8) ? double.NaN : value.SequenceEqual("\"+Inf\""u8) ? double.PositiveInfinity : double.NegativeInfinity;
        return double.IsNaN(number) || double.IsPositiveInfinity(number) || value.SequenceEqual("\"-Inf\""u8);
    }
}
