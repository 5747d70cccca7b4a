using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace VmObs.Api;

/// <summary>Streams JSON objects, one a line. The caller disposes it; what is buffered is sent by <see cref="CompleteAsync"/>.</summary>
internal sealed class NdjsonStream : IDisposable
{
    /// <summary>Sent when this much is buffered: large enough for few writes, small enough for a first line soon.</summary>
    private const int FlushBytes = 32 * 1024;

    /// <summary>JSON for programs and terminals, not for HTML: only what JSON itself demands is escaped.</summary>
    public static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly PipeWriter _body;
    private readonly Utf8JsonWriter _json;
    private readonly CancellationToken _cancelled;

    public NdjsonStream(HttpContext context)
    {
        context.Response.ContentType = "application/x-ndjson";
        _body = context.Response.BodyWriter;
        _json = new Utf8JsonWriter(_body, JsonOptions);
        _cancelled = context.RequestAborted;
    }

    /// <summary>Where the next object is written, then <see cref="EndLineAsync"/>.</summary>
    public Utf8JsonWriter Json => _json;

    /// <summary>Ends the object's line.</summary>
    public ValueTask EndLineAsync()
    {
        _json.Flush();
        _json.Reset();
        return EndAsync();
    }

    /// <summary>Sends a whole object that is JSON already.</summary>
    public ValueTask WriteLineAsync(ReadOnlySpan<byte> line)
    {
        _body.Write(line);
        return EndAsync();
    }

    /// <summary>Sends what is left.</summary>
    public async Task CompleteAsync() => await _body.FlushAsync(_cancelled);

    public void Dispose() => _json.Dispose();

    private ValueTask EndAsync()
    {
        _body.Write("\n"u8);
        return _body.UnflushedBytes < FlushBytes ? ValueTask.CompletedTask : new ValueTask(_body.FlushAsync(_cancelled).AsTask());
    }
}
