using Microsoft.AspNetCore.Http;
using VmObs.Signals.Ports;

namespace VmObs.Ingest;

/// <summary>What a request over HTTP says of its body: kind and compression.</summary>
internal static class HttpCoding
{
    /// <summary>The codings that are taken, for an answer.</summary>
    public const string Wanted = "gzip, zstd, deflate or identity";

    /// <summary>How the body is compressed; null for a coding that is not taken, and for several.</summary>
    public static ContentCoding? Read(HttpRequest request)
    {
        var coding = request.Headers.ContentEncoding.ToString();
        if (coding.Length == 0 || Is(coding, "identity"))
            return ContentCoding.Identity;
        if (Is(coding, "gzip") || Is(coding, "x-gzip"))
            return ContentCoding.Gzip;
        if (Is(coding, "zstd"))
            return ContentCoding.Zstd;
        return Is(coding, "deflate") ? ContentCoding.Deflate : null;
    }

    /// <summary>The body's media type without its parameters.</summary>
    public static ReadOnlySpan<char> MediaType(HttpRequest request)
    {
        var type = request.ContentType.AsSpan();
        var end = type.IndexOf(';');
        return (end < 0 ? type : type[..end]).Trim();
    }

    private static bool Is(string coding, string name) => coding.Equals(name, StringComparison.OrdinalIgnoreCase);
}
