using VmObs.Signals;
using VmObs.Signals.Logs;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>The members that every stored line begins with, found without a JSON reader.</summary>
/// <remarks>Texts are as the line writes them between the quotes, escapes and all; they are borrowed from the line.</remarks>
internal readonly ref struct LogLineHead
{
    // {"log_id":"log:guardian:2025-12-06T14:30:15.123Z","timestamp":"2025-12-06T14:30:15.123Z","level":"info","service":"guardian","node":"did:vm:node:brick-01","message":…
    private static ReadOnlySpan<byte> BeforeId => "{\"log_id\":\""u8;

    private static ReadOnlySpan<byte> BeforeTime => "\",\"timestamp\":\""u8;

    private static ReadOnlySpan<byte> BeforeLevel => "\",\"level\":\""u8;

    private static ReadOnlySpan<byte> BeforeService => "\",\"service\":\""u8;

    private static ReadOnlySpan<byte> BeforeNode => "\",\"node\":\""u8;

    /// <summary>Its "log_id".</summary>
    public ReadOnlySpan<byte> Id { get; private init; }

    /// <summary>Its "timestamp".</summary>
    public long TimestampUnixNanos { get; private init; }

    /// <summary>Its "level".</summary>
    public Level Level { get; private init; }

    /// <summary>Its "service".</summary>
    public ReadOnlySpan<byte> Service { get; private init; }

    /// <summary>Its "node", short.</summary>
    public ReadOnlySpan<byte> Node { get; private init; }

    /// <summary>Reads a line; false when it does not begin as the store writes lines.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out LogLineHead head)
    {
        head = default;
        if (!TryTake(ref line, BeforeId, out var id) || !TryTake(ref line, BeforeTime, out var time) || !TryTake(ref line, BeforeLevel, out var level)
            || !TryTake(ref line, BeforeService, out var service) || !TryTake(ref line, BeforeNode, out var node)
            || !Rfc3339.TryParseWritten(time, out var timestamp) || !Levels.TryParse(level, out var parsed))
            return false;
        head = new LogLineHead { Id = id, TimestampUnixNanos = timestamp, Level = parsed, Service = service, Node = NodeName.ToShort(node) };
        return true;
    }

    // Moves on to the quote that ends the string.
    private static bool TryTake(scoped ref ReadOnlySpan<byte> line, scoped ReadOnlySpan<byte> before, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!line.StartsWith(before))
            return false;
        line = line[before.Length..];
        var end = line.IndexOfAny((byte)'"', (byte)'\\');
        while (end >= 0 && line[end] == '\\')
        {
            if (end + 2 >= line.Length)
                return false;
            var more = line[(end + 2)..].IndexOfAny((byte)'"', (byte)'\\');
            end = more < 0 ? -1 : end + 2 + more;
        }
        if (end < 0)
            return false;
        text = line[..end];
        line = line[end..];
        return true;
    }
}
