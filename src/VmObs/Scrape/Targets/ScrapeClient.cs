using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using VmObs.Scrape.Access;
using VmObs.Scrape.Jobs;
using VmObs.Signals;

namespace VmObs.Scrape.Targets;

/// <summary>Asks a job's targets for their metrics. Whoever makes it disposes it.</summary>
internal sealed class ScrapeClient : IDisposable
{
    private const string Protobuf = "application/vnd.google.protobuf", OpenMetrics = "application/openmetrics-text";
    private const int ReadBytes = 64 * 1024;

    private readonly ScrapeJob _job;
    private readonly HttpAsker _http;
    private readonly string _accept;

    public ScrapeClient(ScrapeJob job)
    {
        _job = job;
        _http = new HttpAsker(job.Access, job.Interval);
        _accept = ScrapeProtocols.Accept(job.Protocols);
    }

    /// <summary>Reads a target's body.</summary>
    /// <param name="target">The target.</param>
    /// <param name="into">Gets it, uncompressed.</param>
    /// <param name="cancellationToken">Ends at the job's timeout.</param>
    /// <returns>How it is written.</returns>
    /// <exception cref="ScrapeFailedException">The target does not answer with metrics.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    /// <exception cref="IOException">It breaks off, or a file of credentials cannot be read.</exception>
    public async Task<ExpositionFormat> ReadAsync(ScrapeTarget target, PooledBuffer into, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target.Url);
        request.Headers.TryAddWithoutValidation("Accept", _accept);
        request.Headers.TryAddWithoutValidation("X-Prometheus-Scrape-Timeout-Seconds", $"{target.Timeout.TotalSeconds:0.###}");
        if (_job.AcceptCompression)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        using var response = await _http.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new ScrapeFailedException($"the target answered {(int)response.StatusCode} {response.ReasonPhrase}, want 200");
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        var isCompressed = response.Content.Headers.ContentEncoding.Contains("gzip");
        await using var plain = isCompressed ? new GZipStream(content, CompressionMode.Decompress) : content;
        try
        {
            await CopyAsync(plain, into, cancellationToken);
        }
        catch (InvalidDataException error)
        {
            throw new ScrapeFailedException($"the body is no gzip: {error.Message}");
        }
        return FormatOf(response.Content.Headers.ContentType);
    }

    public void Dispose() => _http.Dispose();

    private static ExpositionFormat FormatOf(MediaTypeHeaderValue? type)
    {
        if (type?.MediaType != Protobuf)
            return type?.MediaType == OpenMetrics ? ExpositionFormat.OpenMetrics : ExpositionFormat.Text;
        return Parameter(type, "proto") == "io.prometheus.client.MetricFamily" && Parameter(type, "encoding") == "delimited"
            ? ExpositionFormat.Protobuf
            : throw new ScrapeFailedException($"got Content-Type {type}, want proto=io.prometheus.client.MetricFamily and encoding=delimited");
    }

    private static string? Parameter(MediaTypeHeaderValue type, string name) => type.Parameters.FirstOrDefault(parameter => parameter.Name == name)?.Value?.Trim('"');

    private async Task CopyAsync(Stream body, PooledBuffer into, CancellationToken cancellationToken)
    {
        while (await body.ReadAsync(into.GetMemory(ReadBytes), cancellationToken) is > 0 and var read)
        {
            into.Advance(read);
            if (into.Length > _job.Limits.BodyBytes)
                throw new ScrapeFailedException($"body_size_limit: got more than {_job.Limits.BodyBytes} bytes");
        }
    }
}
