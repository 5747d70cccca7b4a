using System.Text;
using System.Text.Json;
using VmObs.Signals.Traces;

namespace VmObs.Signals.Ports;

/// <summary>Says whether a trace answers a query; the same for every back end. Thread-safe.</summary>
public sealed class TraceMatcher
{
    private readonly byte[]? _service;
    private readonly byte[]? _name;
    private readonly (byte[] Key, byte[] Value)[] _tags;

    /// <summary>Prepares a query.</summary>
    public TraceMatcher(TraceQuery query)
    {
        Query = query;
        _service = query.Service is { } service ? Encoding.UTF8.GetBytes(service) : null;
        _name = query.Name is { } name ? Encoding.UTF8.GetBytes(name) : null;
        _tags = [.. query.Tags.Select(tag => (Encoding.UTF8.GetBytes(tag.Key), Encoding.UTF8.GetBytes(tag.Value)))];
    }

    /// <summary>The query.</summary>
    public TraceQuery Query { get; }

    /// <summary>Whether one span must be of a service, name or tag.</summary>
    public bool AsksForSpan => _service is not null || _name is not null || _tags.Length > 0;

    /// <summary>The service that one span must be of, UTF-8; null for any.</summary>
    public ReadOnlyMemory<byte>? Service => _service is null ? default(ReadOnlyMemory<byte>?) : _service;

    /// <summary>The name that one span must have, UTF-8; null for any.</summary>
    public ReadOnlyMemory<byte>? Name => _name is null ? default(ReadOnlyMemory<byte>?) : _name;

    /// <summary>Whether times and outcome of a whole trace answer the query.</summary>
    public bool MatchesWhole(in TracePlace place, long endUnixNanos, bool failed)
    {
        var duration = unchecked(endUnixNanos - place.StartUnixNanos);
        return place.StartUnixNanos >= Query.FromUnixNanos && place.StartUnixNanos < Query.ToUnixNanos
            && duration >= Query.MinDurationNanos && duration <= Query.MaxDurationNanos
            && (Query.Failed is null || Query.Failed == failed)
            && (Query.After is not { } after || place > after);
    }

    /// <summary>Whether the query asks for tags.</summary>
    public bool AsksForTags => _tags.Length > 0;

    /// <summary>Whether a span is one that the query asks for.</summary>
    public bool MatchesSpan(SpanRecord span) =>
        (_service is null || span.Text(SpanText.Service).SequenceEqual(_service))
        && (_name is null || span.Text(SpanText.Name).SequenceEqual(_name))
        && MatchesTags(span.Text(SpanText.Attributes), span.Text(SpanText.Resource));

    /// <summary>Whether a span with these attributes and resource attributes has the tags that the query asks for.</summary>
    public bool MatchesTags(ReadOnlySpan<byte> attributes, ReadOnlySpan<byte> resource)
    {
        foreach (var (key, value) in _tags)
        {
            if (!Has(attributes, key, value) && !Has(resource, key, value))
                return false;
        }
        return true;
    }

    /// <summary>Whether a whole trace answers the query.</summary>
    /// <param name="spans">Canonical records, at least one; without texts that the query does not need.</param>
    public bool Matches(IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        var (start, end, failed, found) = (long.MaxValue, long.MinValue, false, !AsksForSpan);
        foreach (var record in spans)
        {
            var span = new SpanRecord(record.Span);
            (start, end) = (Math.Min(start, span.StartUnixNanos), Math.Max(end, span.EndUnixNanos));
            failed |= span.Status == SpanStatus.Error;
            found = found || MatchesSpan(span);
        }
        return found && MatchesWhole(new TracePlace(start, new SpanRecord(spans[0].Span).TraceId), end, failed)
            && (Query.Filter is null || Query.Filter.Matches(new TraceFilterDocument(spans)));
    }

    // {"http.method":"POST","http.status_code":200}
    private static bool Has(ReadOnlySpan<byte> json, byte[] key, byte[] value)
    {
        // A key or value without escapes stands in the text as it is, and most texts have neither.
        if (json.IsEmpty || (json.IndexOf((byte)'\\') < 0 && json.IndexOf(value) < 0))
            return false;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isKey = reader.ValueTextEquals(key);
            reader.Read();
            if (isKey && (reader.TokenType switch
            {
                JsonTokenType.String => reader.ValueTextEquals(value),
                JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => reader.ValueSpan.SequenceEqual(value),
                _ => false,
            }))
                return true;
            reader.Skip();
        }
        return false;
    }
}
