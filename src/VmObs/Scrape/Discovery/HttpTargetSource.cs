using System.Net;
using Microsoft.Extensions.Logging;
using VmObs.Scrape.Access;
using VmObs.Signals;

namespace VmObs.Scrape.Discovery;

/// <summary>Targets from a server that lists them. While it does not answer, what it said last holds.</summary>
internal sealed class HttpTargetSource(HttpDiscovery options, ILogger log, TimeProvider time) : ITargetSource
{
    private const int MaxBytes = 64 * 1024 * 1024;
    private const int ReadBytes = 16 * 1024;

    // A URL may carry a password.
    private readonly string _source = options.Url.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped);
    private byte[]? _last;

    public async Task RunAsync(Action<IReadOnlyList<TargetGroup>> changed, CancellationToken cancellationToken)
    {
        using var asker = new HttpAsker(options.Access, options.RefreshInterval);
        using var timer = new PeriodicTimer(options.RefreshInterval, time);
        do
        {
            if (await AskAsync(asker, cancellationToken) is { } groups)
                changed(groups);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <returns>null where there is nothing new.</returns>
    private async Task<IReadOnlyList<TargetGroup>?> AskAsync(HttpAsker asker, CancellationToken cancellationToken)
    {
        string problem;
        try
        {
            using var limit = new CancellationTokenSource(options.RefreshInterval, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            using var body = new PooledBuffer(ReadBytes);
            await ReadAsync(asker, body, either.Token);
            if (body.WrittenSpan.SequenceEqual(_last))
                return null;
            var groups = TargetList.ReadJson(body.WrittenSpan, _source, KeyValuePair.Create("__meta_url", _source));
            _last = body.WrittenSpan.ToArray();
            return groups;
        }
        catch (Exception error) when (error is TargetListException or HttpRequestException or IOException)
        {
            problem = error.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            problem = $"no whole answer within refresh_interval, {options.RefreshInterval}";
        }
        log.LogWarning("http_sd: {Url}: the targets that it had stay: {Reason}", _source, problem);
        return null;
    }

    private async Task ReadAsync(HttpAsker asker, PooledBuffer body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, options.Url);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("X-Prometheus-Refresh-Interval-Seconds", $"{options.RefreshInterval.TotalSeconds:0.###}");
        using var response = await asker.SendAsync(request, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
            throw new TargetListException($"got status {(int)response.StatusCode} {response.ReasonPhrase}, want 200");
        if (response.Content.Headers.ContentType?.MediaType is var type && type != "application/json")
            throw new TargetListException($"got Content-Type {type ?? "nothing"}, want application/json");
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        while (await content.ReadAsync(body.GetMemory(ReadBytes), cancellationToken) is > 0 and var read)
        {
            body.Advance(read);
            if (body.Length > MaxBytes)
                throw new TargetListException($"got more than {MaxBytes} bytes, want at most so many");
        }
    }
}
