using System.Buffers;
using System.Text;
using System.Text.Json;
using VmObs.Signals.Logs;
using VmObs.Signals.Texts;

namespace VmObs.Signals.Ports;

/// <summary>Says whether a log document answers a query; the same for every back end.</summary>
/// <remarks>Thread-safe; allocates nothing a document. A text is looked for in the message and in attribute values.</remarks>
public sealed class LogMatcher
{
    // Members that stand before the message, whose values are conditions of their own.
    private static readonly string[] s_headMembers = ["log_id", "timestamp", "level", "service", "node"];

    private readonly FoldedText? _text;

    /// <summary>Prepares a query.</summary>
    public LogMatcher(LogQuery query)
    {
        Query = query;
        FromUnixNanos = query.FromUnixNanos;
        ToUnixNanos = query.ToUnixNanos;
        // The place itself is in the range: other records may have its time.
        if (query.After is { } after && query.NewestFirst && after.TimestampUnixNanos < ToUnixNanos)
            ToUnixNanos = after.TimestampUnixNanos + 1;
        else if (query.After is { } place && !query.NewestFirst)
            FromUnixNanos = Math.Max(FromUnixNanos, place.TimestampUnixNanos);
        Node = query.Node is null ? null : NodeName.ToShort(query.Node);
        Service = query.Service;
        var pieces = new List<byte[]>();
        if (!string.IsNullOrEmpty(query.Text))
        {
            var text = Encoding.UTF8.GetBytes(query.Text);
            _text = new FoldedText(text);
            AddPlainPieces(text, pieces);
        }
        foreach (var (path, text) in query.Filter?.Required ?? [])
        {
            if (path == "service")
                Service ??= text;
            else if (!s_headMembers.Contains(path))
                pieces.Add(Encoding.UTF8.GetBytes(text));
        }
        Pieces = pieces;
        if (pieces.Count > 0)
            LongestPiece = new FoldedText(pieces.MaxBy(piece => piece.Length));
    }

    /// <summary>The query.</summary>
    public LogQuery Query { get; }

    /// <summary>The earliest time of a record that can answer, inclusive; <see cref="LogQuery.After"/> considered.</summary>
    public long FromUnixNanos { get; }

    /// <summary>The latest, exclusive.</summary>
    public long ToUnixNanos { get; }

    /// <summary>The one service whose records can answer; null when it may be any.</summary>
    public string? Service { get; }

    /// <summary>The one node, short name; null when it may be any.</summary>
    public string? Node { get; }

    /// <summary>Texts that every answering document holds as raw bytes from its message on, ASCII letters in any case.</summary>
    public IReadOnlyList<byte[]> Pieces { get; }

    /// <summary>The longest of <see cref="Pieces"/>; null when there are none.</summary>
    public FoldedText? LongestPiece { get; }

    /// <summary>Whether nothing is asked but time, service and level.</summary>
    public bool IsOfTableAlone => _text is null && Node is null && Query.Filter is null && Query.After is null;

    /// <summary>Whether time and level answer the query.</summary>
    public bool MatchesTimeAndLevel(long timestampUnixNanos, Level level) =>
        timestampUnixNanos >= FromUnixNanos && timestampUnixNanos < ToUnixNanos && level >= Query.MinLevel && level <= Query.MaxLevel;

    /// <summary>Whether a record comes behind the place after which it is asked.</summary>
    /// <param name="timestampUnixNanos">Its time.</param>
    /// <param name="id">Its log_id as the document writes it.</param>
    public bool IsBehindPosition(long timestampUnixNanos, ReadOnlySpan<byte> id) =>
        Query.After is null || (Query.After.CompareTo(timestampUnixNanos, id) is var order && (Query.NewestFirst ? order > 0 : order < 0));

    /// <summary>False when the raw document, or its part from the message on, cannot answer; cheap.</summary>
    public bool MayMatch(ReadOnlySpan<byte> document) => LongestPiece is null || LongestPiece.IndexIn(document) >= 0;

    /// <summary>Whether the document answers what is asked beside time, level, service, node and place.</summary>
    public bool MatchesContent(ReadOnlySpan<byte> document) =>
        (_text is null || HoldsText(document, _text)) && (Query.Filter is null || Query.Filter.Matches(document));

    private static bool HoldsText(ReadOnlySpan<byte> document, FoldedText text)
    {
        var reader = new Utf8JsonReader(document);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var searched = reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("attributes"u8);
            reader.Read();
            if (!searched)
            {
                reader.Skip();
                continue;
            }
            var depth = reader.CurrentDepth;
            do
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number && HoldsValue(ref reader, text))
                    return true;
            }
            while ((reader.CurrentDepth > depth || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) && reader.Read());
        }
        return false;
    }

    private static bool HoldsValue(ref Utf8JsonReader reader, FoldedText text)
    {
        if (!reader.ValueIsEscaped)
            return text.IndexIn(reader.ValueSpan) >= 0;
        // Unescaped text is never longer than what it is written as.
        var rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            return text.IndexIn(rented.AsSpan(0, reader.CopyString(rented))) >= 0;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // What stands between characters that JSON escapes is written as it is.
    private static void AddPlainPieces(ReadOnlySpan<byte> text, List<byte[]> pieces)
    {
        while (!text.IsEmpty)
        {
            var length = 0;
            while (length < text.Length && text[length] is >= 0x20 and not (byte)'"' and not (byte)'\\')
                length++;
            if (length > 0)
                pieces.Add(text[..length].ToArray());
            text = text[Math.Min(length + 1, text.Length)..];
        }
    }
}
