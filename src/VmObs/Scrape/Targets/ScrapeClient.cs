using System.IO.Compression;
using System.Net;
using VmObs.Scrape.Access;
using VmObs.Scrape.Jobs;
using VmObs.Signals;

namespace VmObs.Scrape.Targets;

/// <summary>Asks a job's targets for their metrics. Whoever makes it disposes it.</summary>
internal sealed class ScrapeClient : IDisposable
{
    // Prometheus's own, less the protobuf form.
    private const string Accept = "application/openmetrics-text;version=1.0.0;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    private const int ReadBytes = 64 * 1024;

    private readonly ScrapeJob _job;
    private readonly HttpAsker _http;

    public ScrapeClient(ScrapeJob job)
    {
        _job = job;
        _http = new HttpAsker(job.Access, job.Interval);
    }

    /// <summary>Reads a target's body.</summary>
    /// <param name="target">The target.</param>
    /// <param name="into">Gets it, uncompressed.</param>
    /// <param name="cancellationToken">Ends at the job's timeout.</param>
    /// <returns>Whether it is OpenMetrics.</returns>
    /// <exception cref="ScrapeFailedException">The target does not answer with metrics.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    /// <exception cref="IOException">It breaks off, or a file of credentials cannot be read.</exception>
    public async Task<bool> ReadAsync(ScrapeTarget target, PooledBuffer into, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target.Url);
        request.Headers.TryAddWithoutValidation("Accept", Accept);
        request.Headers.TryAddWithoutValidation("X-Prometheus-Scrape-Timeout-Seconds", $"{_job.Timeout.TotalSeconds:0.###}");
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
        return response.Content.Headers.ContentType?.MediaType == "application/openmetrics-text";
    }

    public void Dispose() => _http.Dispose();

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
