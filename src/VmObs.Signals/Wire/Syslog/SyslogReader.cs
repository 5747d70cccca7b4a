using System.IO.Hashing;
using VmObs.Signals.Logs;

namespace VmObs.Signals.Wire.Syslog;

/// <summary>Reads octet-counted syslog messages into SPEC 2.2 documents: the app is the service, the host the node. docs/send/syslog.md.</summary>
internal sealed class SyslogReader(IngestRules rules, LogIntake intake) : IDisposable
{
    private static readonly byte[][] Facilities =
    [
        .. "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp security console clock local0 local1 local2 local3 local4 local5 local6 local7"
            .Split(' ').Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    private readonly ResourceMapping _mapping = new(rules);
    private readonly TimeZoneInfo _zone = TimeZoneInfo.FindSystemTimeZoneById(rules.SyslogTimeZone);
    private readonly PooledBuffer _lastService = new(256), _lastNode = new(256);
    private readonly HashSet<ulong> _ids = [], _names = [];
    private bool _hasStream;

    /// <summary>Reads a body.</summary>
    public WireError? Read(ReadOnlySpan<byte> body, long arrivalUnixNanos, long latestUnixNanos, LogBatch into)
    {
        intake.BeginRequest(into, latestUnixNanos);
        _hasStream = false;
        while (SyslogFrames.TryTake(body, isEnd: true, out var message, out var consumed))
        {
            body = body[consumed..];
            // rsyslog's templates end in a line feed, which stands inside a counted message.
            message = message.TrimEnd("\r\n"u8);
            if (!message.IsEmpty)
                Take(SyslogMessage.Read(message, arrivalUnixNanos, _zone), arrivalUnixNanos);
        }
        return null;
    }

    public void Dispose()
    {
        _lastService.Dispose();
        _lastNode.Dispose();
    }

    private void Take(in SyslogMessage message, long arrivalUnixNanos)
    {
        BeginStream(message.App.IsEmpty ? _mapping.UnknownService : message.App, message.Host.IsEmpty ? _mapping.UnknownNode : NodeName.ToShort(message.Host));
        var time = message.UnixNanos ?? arrivalUnixNanos;
        // A time before 1970 has no place in Unix ns without a sign.
        if (!intake.IsRefused(unchecked((ulong)time), 0, sharedPartTooLarge: false))
            Write(message, time);
    }

    private void BeginStream(ReadOnlySpan<byte> service, ReadOnlySpan<byte> node)
    {
        if (_hasStream && service.SequenceEqual(_lastService.WrittenSpan) && node.SequenceEqual(_lastNode.WrittenSpan))
            return;
        _hasStream = true;
        _lastService.Clear();
        _lastService.Write(service);
        _lastNode.Clear();
        _lastNode.Write(node);
        intake.Labels.Begin();
        var fit = intake.Labels.TrySet(ResourceMapping.NodeLabel, node) && intake.Labels.TrySet(ResourceMapping.ServiceLabel, service);
        intake.BeginStream(service, node, fit);
    }

    private void Write(in SyslogMessage message, long time)
    {
        var level = LevelOf(message.Severity);
        var start = intake.BeginRecord(level);
        var text = intake.Text;
        JsonText.WriteString(text, message.Text);
        text.Write(",\"attributes\":{\"facility\":\""u8);
        text.Write(Facilities[message.Facility]);
        text.WriteByte((byte)'"');
        WriteText(text, ",\"proc_id\":"u8, message.ProcessId);
        WriteText(text, ",\"msg_id\":"u8, message.MessageId);
        if (!message.StructuredData.IsEmpty)
        {
            text.Write(",\"structured_data\":"u8);
            WriteData(new StructuredDataReader(message.StructuredData), text);
        }
        text.WriteByte((byte)'}');
        // The four severities that a level does not tell from its neighbour.
        WriteText(text, ",\"severity_text\":"u8, message.Severity switch { 0 => "emerg"u8, 1 => "alert"u8, 2 => "crit"u8, 5 => "notice"u8, _ => default });
        text.WriteByte((byte)'}');
        intake.EndRecord(start, time, level, cutShort: false, failed: false);
    }

    /// <summary>Writes {"id":{"name":"value"}}; of what stands twice the first.</summary>
    private void WriteData(StructuredDataReader data, PooledBuffer text)
    {
        _ids.Clear();
        text.WriteByte((byte)'{');
        while (data.NextElement())
        {
            var isNew = _ids.Add(XxHash3.HashToUInt64(data.Name));
            if (isNew)
            {
                text.Write(_ids.Count > 1 ? ","u8 : default);
                JsonText.WriteString(text, data.Name);
                text.Write(":{"u8);
            }
            _names.Clear();
            while (data.NextPair())
            {
                if (!isNew || !_names.Add(XxHash3.HashToUInt64(data.Name)))
                    continue;
                text.Write(_names.Count > 1 ? ","u8 : default);
                JsonText.WriteString(text, data.Name);
                text.Write(":\""u8);
                StructuredDataReader.WriteValue(data.Value, text);
                text.WriteByte((byte)'"');
            }
            text.Write(isNew ? "}"u8 : default);
        }
        text.WriteByte((byte)'}');
    }

    private static void WriteText(PooledBuffer text, ReadOnlySpan<byte> member, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
            return;
        text.Write(member);
        JsonText.WriteString(text, value);
    }

    private static Level LevelOf(int severity) => severity switch
    {
        <= 2 => Level.Fatal,
        3 => Level.Error,
        4 => Level.Warn,
        <= 6 => Level.Info,
        _ => Level.Debug,
    };
}
