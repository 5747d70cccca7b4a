using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection;

namespace VmObs.Api;

/// <summary>A body in chunks of our own making (RFC 9112, 7.1), since Kestrel writes no trailers over HTTP/1.1; compressed where that was asked for.</summary>
/// <remarks>
/// Not thread-safe. Holds one compressed piece.
/// <code>5\r\nhello\r\n … 0\r\nNext-Cursor: after-41\r\n\r\n</code>
/// A body that is not ended lacks its last chunk, so the receiver sees that something is missing.
/// </remarks>
internal sealed class ChunkedBody : IDisposable
{
    private readonly PipeWriter _body;
    private readonly MemoryStream? _coded;
    private readonly Stream? _coder;

    private ChunkedBody(HttpContext context)
    {
        context.Response.Headers.TransferEncoding = "chunked";
        var compression = context.RequestServices?.GetService<IResponseCompressionProvider>();
        context.Response.Headers.Append("Vary", "Accept-Encoding");
        if (compression?.CheckRequestAcceptsCompression(context) == true && compression.GetCompressionProvider(context) is { } coding)
        {
            context.Response.Headers.ContentEncoding = coding.EncodingName;
            _coded = new MemoryStream();
            _coder = coding.CreateStream(_coded);
        }
        _body = context.Response.BodyWriter;
    }

    /// <summary>Begins the body; null for a request of a protocol that has no chunks (HTTP/1.0), or makes its own (HTTP/2).</summary>
    /// <param name="context">The request, whose answer has not begun.</param>
    /// <param name="trailers">Names of the trailers that may follow.</param>
    public static ChunkedBody? Begin(HttpContext context, string trailers)
    {
        if (!HttpProtocol.IsHttp11(context.Request.Protocol))
            return null;
        context.Response.Headers.Trailer = trailers;
        return new ChunkedBody(context);
    }

    /// <summary>Sends bytes at once.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_coder is not null)
        {
            _coder.Write(bytes.Span);
            _coder.Flush();
            WriteCoded();
        }
        else
        {
            WriteChunk(bytes.Span);
        }
        await _body.FlushAsync(cancellationToken);
    }

    /// <summary>Ends the body.</summary>
    /// <param name="trailer">A line such as "Next-Cursor: after-41"; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask EndAsync(string? trailer, CancellationToken cancellationToken)
    {
        if (_coder is not null)
        {
            await _coder.DisposeAsync();
            WriteCoded();
        }
        _body.Write(Encoding.ASCII.GetBytes(trailer is null ? "0\r\n\r\n" : $"0\r\n{trailer}\r\n\r\n"));
        await _body.FlushAsync(cancellationToken);
    }

    public void Dispose()
    {
        _coder?.Dispose();
        _coded?.Dispose();
    }

    private void WriteCoded()
    {
        WriteChunk(_coded!.GetBuffer().AsSpan(0, (int)_coded.Length));
        _coded.SetLength(0);
    }

    // A chunk of no bytes would be the last one.
    private void WriteChunk(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        Span<byte> size = stackalloc byte[sizeof(int) * 2];
        bytes.Length.TryFormat(size, out var digits, "x", CultureInfo.InvariantCulture);
        _body.Write(size[..digits]);
        _body.Write("\r\n"u8);
        _body.Write(bytes);
        _body.Write("\r\n"u8);
    }
}
