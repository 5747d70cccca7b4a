using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using VmObs.Signals;

namespace VmObs.Api;

/// <summary>Answers with a list: one object a line, with the cursor in the trailer Next-Cursor; or <c>{"items":[…],"next_cursor":…}</c> for whoever
/// accepts application/json and not application/x-ndjson. Sent as it is written. The caller disposes it.</summary>
/// <remarks>Not thread-safe. Holds at most what is not sent yet, some tens of KiB.</remarks>
internal sealed class ListAnswer : IDisposable
{
    /// <summary>The trailer that has the cursor.</summary>
    public const string CursorTrailer = "Next-Cursor";

    private const string Lines = "application/x-ndjson", Whole = "application/json";
    // Few writes, and a first item soon.
    private const int FlushBytes = 32 * 1024;

    private readonly HttpContext _context;
    private readonly RunningQuery _query;
    private readonly PooledBuffer _buffer = new(FlushBytes);
    private readonly Utf8JsonWriter _json;
    private readonly ChunkedBody? _lines;
    private readonly bool _isWhole;

    /// <summary>Begins the answer; nothing else may be written to the response, and nothing is wrong with the request.</summary>
    public ListAnswer(HttpContext context, RunningQuery query)
    {
        (_context, _query) = (context, query);
        _isWhole = IsWhole(context.Request);
        context.Response.ContentType = _isWhole ? Whole : Lines;
        context.Response.Headers.Append("Vary", "Accept");
        _json = new Utf8JsonWriter(_buffer, AnswerJson.Options);
        if (_isWhole)
        {
            _json.WriteStartObject();
            _json.WriteStartArray("items"u8);
            return;
        }
        _lines = ChunkedBody.Begin(context, CursorTrailer);
        if (_lines is null && context.Response.SupportsTrailers())
            context.Response.DeclareTrailer(CursorTrailer);
    }

    /// <summary>Where the next item is written, then <see cref="EndItemAsync"/>.</summary>
    public Utf8JsonWriter Json => _json;

    /// <summary>Whether a request asks for one JSON document rather than lines.</summary>
    public static bool IsWhole(HttpRequest request)
    {
        var accept = request.GetTypedHeaders().Accept;
        return accept.Any(static type => type.MediaType.Equals(Whole, StringComparison.OrdinalIgnoreCase))
            && !accept.Any(static type => type.MediaType.Equals(Lines, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Ends the item that was written to <see cref="Json"/>.</summary>
    public ValueTask EndItemAsync()
    {
        _query.Results++;
        if (!_isWhole)
        {
            _json.Flush();
            _json.Reset();
            _buffer.WriteByte((byte)'\n');
        }
        return _buffer.Length + (_isWhole ? _json.BytesPending : 0) < FlushBytes ? ValueTask.CompletedTask : FlushAsync();
    }

    /// <summary>Adds an item that is JSON already.</summary>
    public ValueTask WriteItemAsync(ReadOnlySpan<byte> item)
    {
        if (_isWhole)
            _json.WriteRawValue(item, skipInputValidation: true);
        else
            _buffer.Write(item);
        return EndItemAsync();
    }

    /// <summary>Sends what was written so far, for those who follow a list that goes on.</summary>
    public async ValueTask FlushAsync()
    {
        _json.Flush();
        await _query.AwaitReaderAsync(SendAsync());
        _buffer.Clear();
    }

    /// <summary>Ends the list.</summary>
    /// <param name="nextCursor">What the parameter cursor takes for what follows, printable ASCII; null when this is all.</param>
    public async Task CompleteAsync(string? nextCursor)
    {
        if (_isWhole)
        {
            _json.WriteEndArray();
            _json.WriteString("next_cursor"u8, nextCursor);
            _json.WriteEndObject();
        }
        else if (_lines is null && nextCursor is not null && _context.Response.SupportsTrailers())
        {
            _context.Response.AppendTrailer(CursorTrailer, nextCursor);
        }
        await FlushAsync();
        if (_lines is not null)
            await _query.AwaitReaderAsync(_lines.EndAsync(nextCursor is null ? null : $"{CursorTrailer}: {nextCursor}", _query.Cancelled));
    }

    public void Dispose()
    {
        _lines?.Dispose();
        _json.Dispose();
        _buffer.Dispose();
    }

    private ValueTask SendAsync() => _lines?.SendAsync(_buffer.WrittenMemory, _query.Cancelled) ?? SendPlainAsync();

    private async ValueTask SendPlainAsync()
    {
        _context.Response.BodyWriter.Write(_buffer.WrittenSpan);
        await _context.Response.BodyWriter.FlushAsync(_query.Cancelled);
    }
}
