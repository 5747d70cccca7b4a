using System.Buffers.Text;
using VmObs.Signals.Wire.Json;

namespace VmObs.Signals.Wire.Syslog;

/// <summary>The parts of one syslog message, RFC 5424 or RFC 3164; every text is a message of one of them, in the worst case all of it is its text.</summary>
/// <remarks>RFC 3164 describes what devices send rather than prescribing it; what cannot be made out stays in the text, and nothing is lost.</remarks>
internal readonly ref struct SyslogMessage
{
    private const int MaxTagBytes = 64, DefaultPriority = 13; // user.notice, as RFC 3164 says for a message without one

    private SyslogMessage(int priority, ReadOnlySpan<byte> text)
    {
        (Facility, Severity) = (priority >> 3, priority & 7);
        Text = text;
    }

    /// <summary>0 kern to 23 local7.</summary>
    public int Facility { get; }

    /// <summary>0 emerg to 7 debug.</summary>
    public int Severity { get; }

    /// <summary>Its time, Unix ns; null where it names none that can be read.</summary>
    public long? UnixNanos { get; private init; }

    public ReadOnlySpan<byte> Host { get; private init; }

    /// <summary>APP-NAME, or the TAG without its process id.</summary>
    public ReadOnlySpan<byte> App { get; private init; }

    public ReadOnlySpan<byte> ProcessId { get; private init; }

    public ReadOnlySpan<byte> MessageId { get; private init; }

    /// <summary>[id name="value" …][id …], checked to its end; empty without any.</summary>
    public ReadOnlySpan<byte> StructuredData { get; private init; }

    /// <summary>What the sender said.</summary>
    public ReadOnlySpan<byte> Text { get; private init; }

    /// <summary>Takes a message apart.</summary>
    /// <param name="bytes">The message without its framing.</param>
    /// <param name="arrivalUnixNanos">Gives the year where the message has none.</param>
    /// <param name="zone">The zone of times that name none.</param>
    public static SyslogMessage Read(ReadOnlySpan<byte> bytes, long arrivalUnixNanos, TimeZoneInfo zone)
    {
        var priority = ReadPriority(ref bytes);
        if (bytes.StartsWith("1 "u8) && TryRead5424(priority, bytes[2..], out var message))
            return message;
        return Read3164(priority, bytes, arrivalUnixNanos, zone);
    }

    private static int ReadPriority(scoped ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 3 || bytes[0] != '<' || bytes[..Math.Min(5, bytes.Length)].IndexOf((byte)'>') is not (> 1 and var end)
            || !Utf8Parser.TryParse(bytes[1..end], out int priority, out var read) || read != end - 1 || priority is < 0 or > 191)
            return DefaultPriority;
        bytes = bytes[(end + 1)..];
        return priority;
    }

    /// <summary>TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]; "-" stands for none.</summary>
    private static bool TryRead5424(int priority, ReadOnlySpan<byte> rest, out SyslogMessage message)
    {
        message = default;
        var timeText = NextField(ref rest);
        var host = NextField(ref rest);
        var app = NextField(ref rest);
        var process = NextField(ref rest);
        var id = NextField(ref rest);
        long time = 0;
        if (id.IsEmpty || (!IsNil(timeText) && !JsonTime.TryReadText(timeText, out time)))
            return false;
        var length = StructuredDataReader.LengthOf(rest);
        if (length == 0 && !rest.StartsWith("-"u8))
            return false;
        var data = rest[..length];
        rest = rest[Math.Max(1, length)..];
        if (!rest.IsEmpty && rest[0] != ' ')
            return false;
        rest = rest.IsEmpty ? rest : rest[1..];
        message = new SyslogMessage(priority, rest.StartsWith("\uFEFF"u8) ? rest[3..] : rest)
        {
            UnixNanos = IsNil(timeText) ? null : time,
            Host = OrNone(host),
            App = OrNone(app),
            ProcessId = OrNone(process),
            MessageId = OrNone(id),
            StructuredData = data,
        };
        return true;
    }

    /// <summary>TIMESTAMP HOSTNAME TAG[PID]: CONTENT, any of which may be missing.</summary>
    private static SyslogMessage Read3164(int priority, ReadOnlySpan<byte> rest, long arrivalUnixNanos, TimeZoneInfo zone)
    {
        var time = ReadTime(ref rest, arrivalUnixNanos, zone);
        ReadOnlySpan<byte> host = default;
        // A message from a local socket has no host: after its time comes the tag.
        if (time is not null && rest.IndexOf((byte)' ') is > 0 and var space && !IsTag(rest[..space]))
        {
            host = rest[..space];
            rest = rest[(space + 1)..];
        }
        var app = ReadTag(ref rest, out var process);
        return new SyslogMessage(priority, rest) { UnixNanos = time, Host = host, App = app, ProcessId = process };
    }

    private static long? ReadTime(scoped ref ReadOnlySpan<byte> rest, long arrivalUnixNanos, TimeZoneInfo zone)
    {
        var length = SyslogTime.Read(rest, arrivalUnixNanos, zone, out var time);
        if (length == 0)
        {
            // rsyslog's forward format, and many others, put an RFC 3339 time there.
            length = rest.IndexOf((byte)' ');
            if (length < 19 || !JsonTime.TryReadText(rest[..length], out time))
                return null;
        }
        rest = rest[length..];
        rest = rest.StartsWith(" "u8) ? rest[1..] : rest.StartsWith(": "u8) ? rest[2..] : rest;
        return time;
    }

    private static bool IsTag(ReadOnlySpan<byte> word) => word[^1] == ':' || word.IndexOf((byte)'[') > 0;

    /// <summary>"sshd[123]: ", "su: "; nothing where no colon ends a short word.</summary>
    private static ReadOnlySpan<byte> ReadTag(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> process)
    {
        process = default;
        var end = rest[..Math.Min(rest.Length, MaxTagBytes)].IndexOfAny(" :["u8);
        if (end <= 0 || rest[end] == ' ')
            return default;
        var app = rest[..end];
        var after = rest[end..];
        if (after[0] == '[')
        {
            var close = after.IndexOf((byte)']');
            if (close < 0 || close > MaxTagBytes)
                return default;
            process = after[1..close];
            after = after[(close + 1)..];
        }
        if (after.StartsWith(":"u8))
            after = after[1..];
        else if (process.IsEmpty)
            return default;
        rest = after.StartsWith(" "u8) ? after[1..] : after;
        return app;
    }

    private static ReadOnlySpan<byte> NextField(scoped ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOf((byte)' ');
        if (end < 0)
            return default;
        var field = rest[..end];
        rest = rest[(end + 1)..];
        return field;
    }

    private static bool IsNil(ReadOnlySpan<byte> field) => field.SequenceEqual("-"u8);

    private static ReadOnlySpan<byte> OrNone(ReadOnlySpan<byte> field) => IsNil(field) ? default : field;
}
