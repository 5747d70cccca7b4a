using Microsoft.AspNetCore.Http;
using VmObs.Ledger.Hashing;

namespace VmObs.Api;

/// <summary>Answers with one document, or with 304 where the asker has it already (RFC 9110, 13.1.2).</summary>
internal static class DocumentAnswer
{
    private const int TagDigits = 32;

    /// <summary>Answers.</summary>
    /// <param name="context">The request.</param>
    /// <param name="contentType">What the document is.</param>
    /// <param name="body">All of it.</param>
    public static async Task WriteAsync(HttpContext context, string contentType, ReadOnlyMemory<byte> body)
    {
        if (IsKnown(context, TagOf(body.Span)))
            return;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>A tag for content that these bytes stand for. Weak: the same document may be sent compressed or not.</summary>
    public static string TagOf(ReadOnlySpan<byte> content) => $"W/\"{Blake3.Hash(content).ToHex()[..TagDigits]}\"";

    /// <summary>Names the answer's content, and answers 304 where the asker has it.</summary>
    /// <returns>Whether the request is answered by that.</returns>
    public static bool IsKnown(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        // Kept by whoever asks, and asked for again each time.
        context.Response.Headers.CacheControl = "private, no-cache";
        foreach (var known in context.Request.GetTypedHeaders().IfNoneMatch)
        {
            // If-None-Match compares weakly: W/"a" and "a" are the same.
            if (known.Tag != "*" && !tag.EndsWith(known.Tag.ToString(), StringComparison.Ordinal))
                continue;
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return true;
        }
        return false;
    }
}
