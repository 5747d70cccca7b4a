using System.Buffers;
using System.Text;
using System.Text.Json;
using VmObs.Signals.Logs;

namespace VmObs.Signals.Ports;

/// <summary>Says whether a log document answers a query; the same for every back end.</summary>
/// <remarks>Thread-safe. A text is looked for in the message and in attribute values, ASCII letters in any case.</remarks>
public sealed class LogMatcher
{
    private readonly byte[]? _text;
    private readonly SearchValues<string>? _search;

    /// <summary>Prepares a query.</summary>
    public LogMatcher(LogQuery query)
    {
        Query = query;
        if (string.IsNullOrEmpty(query.Text))
            return;
        _search = SearchValues.Create([query.Text], StringComparison.OrdinalIgnoreCase);
        // A text that JSON writes as it is can be looked for in the raw bytes first.
        if (Ascii.IsValid(query.Text) && !query.Text.AsSpan().ContainsAny('"', '\\') && !query.Text.AsSpan().ContainsAnyInRange('\0', '\x1F'))
            _text = Encoding.ASCII.GetBytes(query.Text);
    }

    /// <summary>The query.</summary>
    public LogQuery Query { get; }

    /// <summary>Whether time and level answer the query.</summary>
    public bool MatchesTimeAndLevel(long timestampUnixNanos, Level level) =>
        timestampUnixNanos >= Query.FromUnixNanos && timestampUnixNanos < Query.ToUnixNanos && level >= Query.MinLevel && level <= Query.MaxLevel;

    /// <summary>False when the raw document cannot hold the text; cheap.</summary>
    public bool MayMatch(ReadOnlySpan<byte> document) => _text is null || ContainsIgnoreCase(document, _text);

    /// <summary>Whether the document answers the query.</summary>
    public bool Matches(long timestampUnixNanos, Level level, string service, string node, ReadOnlySpan<byte> document) =>
        MatchesTimeAndLevel(timestampUnixNanos, level)
        && (Query.Service is null || Query.Service == service)
        && (Query.Node is null || NodeName.ToShort(Query.Node) == node)
        && (_search is null || HoldsText(document));

    private bool HoldsText(ReadOnlySpan<byte> document)
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
                if (reader.TokenType == JsonTokenType.String && reader.GetString().AsSpan().ContainsAny(_search!))
                    return true;
                if (reader.TokenType is JsonTokenType.Number && Encoding.ASCII.GetString(reader.ValueSpan).AsSpan().ContainsAny(_search!))
                    return true;
            }
            while ((reader.CurrentDepth > depth || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) && reader.Read());
        }
        return false;
    }

    private static bool ContainsIgnoreCase(ReadOnlySpan<byte> haystack, ReadOnlySpan<byte> needle)
    {
        var lower = (byte)char.ToLowerInvariant((char)needle[0]);
        var upper = (byte)char.ToUpperInvariant((char)needle[0]);
        for (var rest = haystack; rest.Length >= needle.Length;)
        {
            var at = rest[..(rest.Length - needle.Length + 1)].IndexOfAny(lower, upper);
            if (at < 0)
                return false;
            if (Ascii.EqualsIgnoreCase(rest.Slice(at, needle.Length), needle))
                return true;
            rest = rest[(at + 1)..];
        }
        return false;
    }
}
