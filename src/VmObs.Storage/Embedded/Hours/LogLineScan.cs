using System.Text;
using System.Text.Json;
using VmObs.Signals.Ports;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Finds the lines that answer a query: raw bytes first, then what a line begins with, then the whole document.</summary>
/// <remarks>Thread-safe; allocates nothing a line.</remarks>
internal sealed class LogLineScan(LogMatcher matcher)
{
    private readonly byte[]? _service = matcher.Service is { } service ? Encoding.UTF8.GetBytes(service) : null;
    private readonly byte[]? _node = matcher.Node is { } node ? Encoding.UTF8.GetBytes(node) : null;

    /// <summary>The query.</summary>
    public LogMatcher Matcher => matcher;

    /// <summary>Hands on the lines of a block that answer.</summary>
    /// <exception cref="InvalidDataException">The text does not end with its last line's newline.</exception>
    public void Block(ReadOnlySpan<byte> text, ILogLineSink sink)
    {
        if (text.IsEmpty || text[^1] != '\n')
            throw new InvalidDataException("a line without an end");
        while (!text.IsEmpty)
        {
            if (matcher.LongestPiece is { } piece)
            {
                var hit = piece.IndexIn(text);
                if (hit < 0)
                    return;
                text = text[(text[..hit].LastIndexOf((byte)'\n') + 1)..];
            }
            var end = text.IndexOf((byte)'\n');
            Line(text[..end], sink);
            text = text[(end + 1)..];
        }
    }

    /// <summary>Hands on a line if it answers.</summary>
    public void Line(ReadOnlySpan<byte> line, ILogLineSink sink)
    {
        if (LogLineHead.TryRead(line, out var head)
            && matcher.MatchesTimeAndLevel(head.TimestampUnixNanos, head.Level) && sink.MayTake(head.TimestampUnixNanos) && MatchesRest(head, line))
            sink.Take(head, line);
    }

    /// <summary>Whether lines of a service may answer.</summary>
    /// <param name="service">Its name as it stands in a line's id.</param>
    public bool MayBeOf(ReadOnlySpan<byte> service) => _service is null || IsWritten(_service, service);

    /// <summary>Whether a line answers.</summary>
    public bool Matches(in LogLineHead head, ReadOnlySpan<byte> line) =>
        matcher.MatchesTimeAndLevel(head.TimestampUnixNanos, head.Level) && MatchesRest(head, line);

    // What is cheap to tell comes first.
    private bool MatchesRest(in LogLineHead head, ReadOnlySpan<byte> line) =>
        (_service is null || IsWritten(_service, head.Service)) && (_node is null || IsWritten(_node, head.Node))
        && matcher.IsBehindPosition(head.TimestampUnixNanos, head.Id) && matcher.MatchesContent(line);

    private static bool IsWritten(ReadOnlySpan<byte> text, ReadOnlySpan<byte> written)
    {
        if (!written.Contains((byte)'\\'))
            return text.SequenceEqual(written);
        var reader = new Utf8JsonReader([(byte)'"', .. written, (byte)'"']);
        return reader.Read() && reader.ValueTextEquals(text);
    }
}
