using System.IO.Compression;
using System.Net.Http.Headers;
using VmObs.Tests.Support.Otlp;

namespace VmObs.ProcessTests.Support;

/// <summary>Posts export requests to an engine.</summary>
internal sealed class OtlpSender : IDisposable
{
    public const string LogsPath = "/v1/logs";
    public const string MetricsPath = "/v1/metrics";
    public const string TracesPath = "/v1/traces";

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Posts a body and answers with the status and the text of the answer.</summary>
    public async Task<(int Status, string Body)> PostAsync(Uri server, string path, byte[] body, string contentType = "application/x-protobuf", bool gzip = false)
    {
        using var content = new ByteArrayContent(gzip ? Gzip(body) : body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        if (gzip)
            content.Headers.ContentEncoding.Add("gzip");
        using var response = await _http.PostAsync(new Uri(server, path), content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Posts what has to be taken whole.</summary>
    public async Task SendAsync(Uri server, string path, Action<OtlpWriter> write)
    {
        var (status, body) = await PostAsync(server, path, OtlpWriter.Protobuf(write));
        Assert.True(status == 200 && body.Length == 0, $"{path}: got {status} {body}, want 200 and no partial success");
    }

    /// <summary>The resource of a service on a node.</summary>
    public static OtlpAttribute[] Resource(string service, string node) => [new("service.name", service), new("host.name", node)];

    public void Dispose() => _http.Dispose();

    private static byte[] Gzip(byte[] body)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Fastest))
            gzip.Write(body);
        return buffer.ToArray();
    }
}
