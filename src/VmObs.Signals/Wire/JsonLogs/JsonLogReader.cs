using System.Buffers;
using System.Buffers.Text;
using System.Text;
using VmObs.Signals.Logs;
using VmObs.Signals.Wire.Json;

namespace VmObs.Signals.Wire.JsonLogs;

/// <summary>Reads JSON log records, whoever's they are, into SPEC 2.2 documents. Fields: docs/send/json-lines.md.</summary>
/// <remarks>What a record's parts are called is guessed from the rules' lists; whatever is not such a part is an attribute, as it came.</remarks>
internal sealed class JsonLogReader(IngestRules rules, LogIntake intake) : IDisposable
{
    private const int MaxIdBytes = 256;

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private readonly JsonLogKeys _keys = new(rules);
    private readonly ResourceMapping _mapping = new(rules);
    private readonly JsonMembers _members = new();
    private readonly JsonAttributes _attributes = new();
    private readonly PooledBuffer _service = new(256), _node = new(256), _scratch = new(256);
    private readonly PooledBuffer _lastService = new(256), _lastNode = new(256);
    private LogBatch _batch = null!;
    private long _arrivalUnixNanos;
    private bool _hasStream;

    /// <summary>Begins a request.</summary>
    public void Begin(long arrivalUnixNanos, long latestUnixNanos, LogBatch into)
    {
        (_batch, _arrivalUnixNanos, _hasStream) = (into, arrivalUnixNanos, false);
        intake.BeginRequest(into, latestUnixNanos);
    }

    /// <summary>Reads a body of one record, an array, or one after another.</summary>
    public WireError? Read(ReadOnlySpan<byte> body)
    {
        var fault = default(WireFault);
        var documents = new JsonDocuments(body, ref fault);
        while (documents.Next(out var document))
        {
            if (fault.IsSet)
                Refuse(documents.Line, fault);
            else
                ReadRecord(documents.Open(document), document, documents.Line);
        }
        return documents.Error;
    }

    /// <summary>Counts a line that is no document.</summary>
    public void Refuse(int line, in WireFault fault) => _batch.Refusals.Count(
        RefusalReason.MalformedRecord, $"line {line}: at byte {fault.Offset} expected {fault.Expected}, found {fault.Found}");

    /// <summary>Reads one record, which is taken or refused.</summary>
    /// <param name="document">Walks it.</param>
    /// <param name="slice">Where it lies.</param>
    /// <param name="line">The line on which it begins, from 1.</param>
    public void ReadRecord(JsonWalker document, WireSlice slice, int line)
    {
        if (document.PeekValue() != '{')
        {
            _batch.Refusals.Count(RefusalReason.MalformedRecord, $"line {line}: at byte {slice.Offset} expected an object, found {document.Span(slice)}");
            return;
        }
        if (slice.Length > rules.MaxRecordBytes)
        {
            _batch.Refusals.Count(RefusalReason.TooLarge, $"line {line}: got {slice.Length} bytes, want at most {rules.MaxRecordBytes}");
            return;
        }
        _members.Read(document);
        if (!TryReadTime(document, line, out var time))
            return;
        FindText(document, _keys.Service, _service, _mapping.UnknownService);
        FindText(document, _keys.Node, _node, _mapping.UnknownNode);
        BeginStream();
        if (!intake.IsRefused((ulong)time, 0, sharedPartTooLarge: false))
            Write(document, slice, time);
    }

    public void Dispose()
    {
        _service.Dispose();
        _node.Dispose();
        _scratch.Dispose();
        _lastService.Dispose();
        _lastNode.Dispose();
    }

    private bool TryReadTime(in JsonWalker document, int line, out long time)
    {
        time = _arrivalUnixNanos;
        ReadOnlySpan<byte> unread = default, unreadKey = default;
        foreach (var key in _keys.Time)
        {
            if (!_members.TryFind(document, key, out var value, out var member) || document.Span(value).SequenceEqual("null"u8))
                continue;
            if (JsonTime.TryRead(document.Span(value), out time))
            {
                if (member >= 0)
                    _members.Take(member);
                return true;
            }
            if (unread.IsEmpty)
            {
                unread = document.Span(value);
                unreadKey = key;
            }
        }
        time = _arrivalUnixNanos;
        if (unread.IsEmpty)
            return true;
        _batch.Refusals.Count(RefusalReason.InvalidTimestamp, $"line {line}: {unreadKey}: got {unread}, want {JsonTime.Expected}");
        return false;
    }

    /// <summary>The text of the first of these members that has one, else the default.</summary>
    private void FindText(in JsonWalker document, byte[][] keys, PooledBuffer into, ReadOnlySpan<byte> otherwise)
    {
        into.Clear();
        var found = FindString(document, keys, out var member);
        if (member >= 0)
            _members.Take(member);
        into.Write(found.IsEmpty ? otherwise : NodeName.ToShort(JsonCopy.Text(found, _scratch)));
    }

    /// <summary>The content of the first of these that is a string and not empty.</summary>
    private ReadOnlySpan<byte> FindString(in JsonWalker document, byte[][] keys, out int member)
    {
        foreach (var key in keys)
        {
            if (_members.TryFind(document, key, out var value, out member) && value.Length > 2 && document.Span(value)[0] == '"')
                return document.Span(value)[1..^1];
        }
        member = -1;
        return default;
    }

    private void BeginStream()
    {
        if (_hasStream && _service.WrittenSpan.SequenceEqual(_lastService.WrittenSpan) && _node.WrittenSpan.SequenceEqual(_lastNode.WrittenSpan))
            return;
        _hasStream = true;
        _lastService.Clear();
        _lastService.Write(_service.WrittenSpan);
        _lastNode.Clear();
        _lastNode.Write(_node.WrittenSpan);
        intake.Labels.Begin();
        var fit = intake.Labels.TrySet(ResourceMapping.NodeLabel, _node.WrittenSpan) && intake.Labels.TrySet(ResourceMapping.ServiceLabel, _service.WrittenSpan);
        intake.BeginStream(_service.WrittenSpan, _node.WrittenSpan, fit);
    }

    private void Write(JsonWalker document, WireSlice slice, long time)
    {
        var level = ReadLevel(document, out var said);
        var message = FindString(document, _keys.Message, out var messageMember);
        if (messageMember >= 0)
            _members.Take(messageMember);
        var traceId = TakeId(document, JsonLogKeys.TraceId);
        var spanId = TakeId(document, JsonLogKeys.SpanId);
        var caller = TakeId(document, JsonLogKeys.Caller);
        TakeOwnId(document, time);
        var start = intake.BeginRecord(level);
        var text = intake.Text;
        if (message.IsEmpty && TryReadBytes(document))
            JsonText.WriteString(text, _scratch.WrittenSpan);
        else if (message.IsEmpty)
            WriteWhole(document.Span(slice), text);
        else
            JsonCopy.WriteString(message, text, _scratch);
        _attributes.Write(document, _members, text, _scratch);
        WriteId(text, ",\"trace_id\":"u8, traceId, 32);
        WriteId(text, ",\"span_id\":"u8, spanId, 16);
        WriteId(text, ",\"caller\":"u8, caller, 0);
        if (!said.IsEmpty && !Ascii.EqualsIgnoreCase(said, level.Utf8Name()))
        {
            text.Write(",\"severity_text\":"u8);
            JsonCopy.WriteString(said, text, _scratch);
        }
        text.WriteByte((byte)'}');
        intake.EndRecord(start, time, level, cutShort: false, failed: false);
    }

    /// <summary>The systemd journal writes a message that is not plain text as an array of its bytes.</summary>
    private bool TryReadBytes(in JsonWalker document)
    {
        var member = _members.IndexOf(document, "MESSAGE"u8);
        if (member < 0 || document.Span(_members[member].Value)[0] != '[')
            return false;
        _scratch.Clear();
        var items = document.Open(_members[member].Value);
        items.Enter('[');
        while (items.NextItem())
        {
            if (!Utf8Parser.TryParse(items.Span(items.ReadValue()), out byte value, out _))
                return false;
            _scratch.WriteByte(value);
        }
        _members.Take(member);
        return _scratch.Length > 0;
    }

    /// <summary>A record without a message is its own message.</summary>
    private void WriteWhole(ReadOnlySpan<byte> document, PooledBuffer text)
    {
        using var compact = new PooledBuffer(document.Length);
        JsonCopy.Write(document, compact, _scratch);
        JsonText.WriteString(text, compact.WrittenSpan);
    }

    /// <summary>The level of the first member that says one; pino's and syslog's numbers too. A text that says none stays an attribute.</summary>
    private Level ReadLevel(in JsonWalker document, out ReadOnlySpan<byte> said)
    {
        said = default;
        foreach (var key in _keys.Level)
        {
            if (!_members.TryFind(document, key, out var value, out var member))
                continue;
            var text = document.Span(value);
            var isText = text[0] == '"';
            text = isText ? text[1..^1] : text;
            var isNumber = TryReadNumber(text, out var level);
            if (!isNumber && !(isText && Severity.TryParse(text, out level)))
                continue;
            if (member >= 0)
                _members.Take(member);
            said = isNumber ? default : text;
            return level;
        }
        return Level.Info;
    }

    /// <summary>10 to 60 are pino's and bunyan's, 0 to 7 syslog's.</summary>
    private static bool TryReadNumber(ReadOnlySpan<byte> text, out Level level)
    {
        level = Level.Info;
        if (!Utf8Parser.TryParse(text, out int number, out var read) || read != text.Length || number is < 0 or > 60 or (> 7 and < 10))
            return false;
        level = number >= 10 ? (Level)((number / 10) - 1) : number switch { <= 2 => Level.Fatal, 3 => Level.Error, 4 => Level.Warn, <= 6 => Level.Info, _ => Level.Debug };
        return true;
    }

    private ReadOnlySpan<byte> TakeId(in JsonWalker document, byte[][] keys)
    {
        var found = FindString(document, keys, out var member);
        if (found.Length > MaxIdBytes)
            return default;
        if (member >= 0)
            _members.Take(member);
        return found;
    }

    /// <summary>The engine gives a document its log_id. The sender's is the same where it follows the SPEC; another one stays an attribute.</summary>
    private void TakeOwnId(in JsonWalker document, long time)
    {
        var member = _members.IndexOf(document, "log_id"u8);
        if (member < 0)
            return;
        _scratch.Clear();
        _scratch.Write("\"log:"u8);
        _scratch.Write(_service.WrittenSpan);
        _scratch.WriteByte((byte)':');
        _scratch.Advance(Rfc3339.Format(time, _scratch.GetSpan(Rfc3339.MaxBytes)));
        _scratch.WriteByte((byte)'"');
        if (document.Span(_members[member].Value).SequenceEqual(_scratch.WrittenSpan))
            _members.Take(member);
    }

    /// <summary>Writes an id as it came; one of W3C's form in lower case.</summary>
    private void WriteId(PooledBuffer text, ReadOnlySpan<byte> member, ReadOnlySpan<byte> id, int hexDigits)
    {
        if (id.IsEmpty)
            return;
        text.Write(member);
        var start = text.Length;
        JsonCopy.WriteString(id, text, _scratch);
        if (id.Length != hexDigits || id.ContainsAnyExcept(HexDigits))
            return;
        text.Truncate(start);
        Span<byte> lower = stackalloc byte[32];
        Ascii.ToLower(id, lower, out var length);
        text.WriteByte((byte)'"');
        text.Write(lower[..length]);
        text.WriteByte((byte)'"');
    }
}
