using System.Buffers;
using VmObs.Signals.Logs;
using VmObs.Signals.Wire.Otlp;

namespace VmObs.Signals.Wire.LokiPush;

/// <summary>Reads a logproto.PushRequest into SPEC 2.2 documents whose message is the line, byte for byte.</summary>
internal sealed class LokiPushReader(IngestRules rules, LogIntake intake) : IDisposable
{
    private const long NanosPerSecond = 1_000_000_000;

    private readonly ResourceMapping _mapping = new(rules);
    private readonly StreamLabels _labels = new();
    private readonly PooledBuffer _labelsJson = new(512); // ,"labels":{…} of the current stream
    private readonly AttributeList _metadata = new();
    private ulong _arrivalUnixNanos;
    private Level? _streamLevel;

    public void Read(ref ProtobufReader request, long arrivalUnixNanos, long latestUnixNanos, LogBatch into)
    {
        _arrivalUnixNanos = (ulong)arrivalUnixNanos;
        intake.BeginRequest(into, latestUnixNanos);
        while (request.NextField())
        {
            if (request.Tag == (1 << 3 | ProtobufReader.Bytes))
                ReadStream(request.ReadMessage());
            else
                request.Skip(LokiPushSchema.PushRequest.Known);
        }
    }

    public void Dispose()
    {
        _labels.Dispose();
        _labelsJson.Dispose();
    }

    private void ReadStream(ProtobufReader message)
    {
        var second = message;
        WireSlice labels = default;
        while (message.NextField())
        {
            if (message.Tag == (1 << 3 | ProtobufReader.Bytes))
                labels = message.ReadSlice();
            else
                message.Skip(LokiPushSchema.Stream.Known & ~(1UL << 2));
        }
        var text = message.Span(labels);
        if (!message.Failed && _labels.Read(text, out var at) is { } expected)
            message.Fail(labels.Offset + at, $"{expected} in labels like {{name=\"value\"}}", at < text.Length ? $"byte 0x{text[at]:x2}" : "the end of the labels");
        if (message.Failed)
            return;
        BeginStream();
        while (second.NextField())
        {
            if (second.Tag == (2 << 3 | ProtobufReader.Bytes))
                ReadEntry(second.ReadMessage());
            else
                second.Skip(LokiPushSchema.Stream.Known & ~(1UL << 1));
        }
    }

    private void BeginStream()
    {
        var service = _labels.FirstOf(ResourceMapping.LokiServiceLabels, out _);
        if (service.IsEmpty)
            service = _mapping.UnknownService;
        var node = _labels.FirstOf(ResourceMapping.LokiNodeLabels, out var place);
        node = NodeName.ToShort(place == 0 ? node : ResourceMapping.HostOf(node));
        if (node.IsEmpty)
            node = _mapping.UnknownNode;
        _streamLevel = null;
        _labelsJson.Clear();
        var fit = TrySetLabels()
            && intake.Labels.TrySet(ResourceMapping.NodeLabel, node)
            && (HasLabel(ResourceMapping.ServiceLabel) || intake.Labels.TrySet(ResourceMapping.ServiceLabel, service));
        intake.BeginStream(service, node, fit);
    }

    /// <summary>Sets the stream's labels as they came; renders those that the document does not have yet.</summary>
    private bool TrySetLabels()
    {
        intake.Labels.Begin();
        for (var i = 0; i < _labels.Count; i++)
        {
            var name = _labels.Name(i);
            if (!intake.Labels.TrySet(name, _labels.Value(i)))
                return false;
            if (IsLevelName(name) && Severity.TryParse(_labels.Value(i), out var level))
                _streamLevel ??= level;
            if (_labels.Value(i).IsEmpty || name.SequenceEqual(ResourceMapping.ServiceLabel) || name.SequenceEqual(ResourceMapping.NodeLabel) || HasLabel(name, i + 1))
                continue;
            _labelsJson.Write(_labelsJson.Length == 0 ? ",\"labels\":{"u8 : ","u8);
            JsonText.WriteString(_labelsJson, name);
            _labelsJson.WriteByte((byte)':');
            JsonText.WriteString(_labelsJson, _labels.Value(i));
        }
        if (_labelsJson.Length > 0)
            _labelsJson.WriteByte((byte)'}');
        return true;
    }

    private bool HasLabel(ReadOnlySpan<byte> name, int from = 0)
    {
        for (var i = from; i < _labels.Count; i++)
        {
            if (!_labels.Value(i).IsEmpty && _labels.Name(i).SequenceEqual(name))
                return true;
        }
        return false;
    }

    private void ReadEntry(ProtobufReader message)
    {
        ulong time = _arrivalUnixNanos;
        WireSlice line = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: time = ReadTime(message.ReadMessage()); break;
                case 2 << 3 | ProtobufReader.Bytes: line = message.ReadSlice(); break;
                case 3 << 3 | ProtobufReader.Bytes: ReadMetadata(ref message); break;
                default: message.Skip(LokiPushSchema.Entry.Known); break;
            }
        }
        if (!message.Failed && !intake.IsRefused(time, 0, _labelsJson.Length > rules.MaxRecordBytes / 2))
            WriteEntry(ref message, (long)time, message.Span(line));
        _metadata.Release(0);
    }

    /// <summary>Reads a google.protobuf.Timestamp; one that Unix ns cannot say becomes ulong.MaxValue, which is refused.</summary>
    private static ulong ReadTime(ProtobufReader message)
    {
        long seconds = 0, nanos = 0;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Varint: seconds = (long)message.ReadVarint(); break;
                case 2 << 3 | ProtobufReader.Varint: nanos = (long)message.ReadVarint(); break;
                default: message.Skip(LokiPushSchema.Timestamp.Known); break;
            }
        }
        return seconds is >= 0 and <= long.MaxValue / NanosPerSecond && nanos is >= 0 and < NanosPerSecond
            ? (ulong)(seconds * NanosPerSecond) + (ulong)nanos
            : ulong.MaxValue;
    }

    private void ReadMetadata(ref ProtobufReader parent)
    {
        var message = parent.ReadMessage();
        WireSlice name = default, value = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: name = message.ReadSlice(); break;
                case 2 << 3 | ProtobufReader.Bytes: value = message.ReadSlice(); break;
                default: message.Skip(LokiPushSchema.LabelPair.Known); break;
            }
        }
        _metadata.Add(name, value);
    }

    private void WriteEntry(ref ProtobufReader message, long time, ReadOnlySpan<byte> line)
    {
        _metadata.DropDuplicates(message, 0);
        var found = FindInMetadata(ref message);
        FindInLine(line, ref found);
        var level = _streamLevel ?? found.Level ?? Level.Info;
        var start = intake.BeginRecord(level);
        var text = intake.Text;
        var cutShort = line.Length > rules.MaxRecordBytes;
        if (!cutShort)
        {
            JsonText.WriteString(text, line);
            cutShort = !TryWriteMetadata(ref message, text, start);
        }
        WriteId(text, ",\"trace_id\":"u8, found.TraceId, 16);
        WriteId(text, ",\"span_id\":"u8, found.SpanId, 8);
        text.Write(_labelsJson.WrittenSpan);
        text.WriteByte((byte)'}');
        intake.EndRecord(start, time, level, cutShort, message.Failed);
    }

    private bool TryWriteMetadata(ref ProtobufReader message, PooledBuffer text, int start)
    {
        var separator = ",\"attributes\":{"u8;
        foreach (var pair in _metadata.Span)
        {
            if (pair.Dropped)
                continue;
            if ((long)text.Length - start + pair.Key.Length + pair.Value.Length > rules.MaxRecordBytes)
                return false;
            text.Write(separator);
            separator = ","u8;
            JsonText.WriteString(text, message.Span(pair.Key));
            text.WriteByte((byte)':');
            JsonText.WriteString(text, message.Span(pair.Value));
        }
        if (_metadata.Count > 0)
            text.WriteByte((byte)'}');
        return true;
    }

    private LineFacts FindInMetadata(ref ProtobufReader message)
    {
        var found = default(LineFacts);
        foreach (var pair in _metadata.Span)
        {
            if (!pair.Dropped)
                found.Note(message.Span(pair.Key), message.Span(pair.Value));
        }
        return found;
    }

    private void FindInLine(ReadOnlySpan<byte> line, ref LineFacts found)
    {
        var members = new JsonLineReader(line);
        while (members.Next())
        {
            if (members.Text.IsEmpty)
                continue;
            found.Note(members.Name, members.Text);
            if (found.TraceId.Length > 0 && found.SpanId.Length > 0 && (_streamLevel ?? found.Level) is not null)
                break;
        }
    }

    private static void WriteId(PooledBuffer text, ReadOnlySpan<byte> member, ReadOnlySpan<byte> digits, int bytes)
    {
        Span<byte> id = stackalloc byte[16];
        id = id[..bytes];
        if (digits.Length != 2 * bytes || Convert.FromHexString(digits, id, out _, out _) != OperationStatus.Done || !id.ContainsAnyExcept((byte)0))
            return;
        text.Write(member);
        JsonText.WriteHex(text, id);
    }

    private static bool IsLevelName(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("level"u8) || name.SequenceEqual("severity"u8) || name.SequenceEqual("detected_level"u8);

    /// <summary>What metadata or the line itself say about a record; what is said first stands.</summary>
    private ref struct LineFacts
    {
        public Level? Level { get; private set; }

        public ReadOnlySpan<byte> TraceId { get; private set; }

        public ReadOnlySpan<byte> SpanId { get; private set; }

        public void Note(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            if (Level is null && IsLevelName(name) && Severity.TryParse(value, out var level))
                Level = level;
            else if (TraceId.IsEmpty && name.SequenceEqual("trace_id"u8))
                TraceId = value;
            else if (SpanId.IsEmpty && name.SequenceEqual("span_id"u8))
                SpanId = value;
        }
    }
}
