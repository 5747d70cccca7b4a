using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using VmObs.Scrape.Jobs;
using VmObs.Ingest;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire.RemoteWrite;

namespace VmObs.Scrape.Targets;

/// <summary>Scrapes one target, again and again. Each scrape becomes one remote_write request, which goes the way of any sender's.</summary>
internal sealed class TargetLoop : IDisposable
{
    private static readonly string[] s_ownNames = ["up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling", "scrape_series_added"];

    private readonly ScrapeClient _client;
    private readonly IIntake _intake;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly SeriesCache _cache;
    private readonly byte[][] _own;
    private readonly PooledBuffer _body = new(64 * 1024), _compressed = new(64 * 1024);
    private readonly WriteRequestBuilder _request = new();
    private readonly ScrapedBody _reader;
    private readonly GapSource _source;
    private bool _hasBegun, _isScraping;

    public TargetLoop(ScrapeJob job, ScrapeTarget target, ScrapeClient client, IIntake intake, ILogger log, TimeProvider time)
    {
        (Target, _client, _intake, _log, _time) = (target, client, intake, log, time);
        _cache = new SeriesCache(job, target);
        _reader = new ScrapedBody(job, target.Interval, _cache, _request);
        _own = [.. s_ownNames.Select(_cache.EncodeOwn)];
        _source = new GapSource($"scrape {job.Name}", null);
        Status = new TargetStatus(job.Name, target, null, TimeSpan.Zero, 0, null);
    }

    public ScrapeTarget Target { get; }

    /// <summary>How the last scrape went.</summary>
    public TargetStatus Status { get; private set; }

    private IEnumerable<KeyValuePair<byte[], bool>> OwnSeries => _own.Select(static labels => KeyValuePair.Create(labels, false));

    /// <summary>Goes on with the series of a loop that has stopped. Before this one runs.</summary>
    /// <param name="before">Scraped a target with the same labels; no longer used.</param>
    public void GoOnFrom(TargetLoop before)
    {
        _cache.Inherit(before._cache.Standing);
        if (before._hasBegun)
            _cache.Inherit(before.OwnSeries);
        _isScraping |= before._isScraping;
        var last = before.Status;
        Status = Status with { LastScrape = last.LastScrape, Duration = last.Duration, Samples = last.Samples, Error = last.Error };
    }

    /// <summary>Scrapes at the target's own moments until it is told to end.</summary>
    public async Task RunAsync(ulong seed, CancellationToken cancellationToken)
    {
        var interval = Target.Interval.Ticks;
        var offset = Target.OffsetIn(seed).Ticks;
        // Moments are counted from the epoch: a restart of the loop keeps them.
        var now = _time.GetUtcNow().UtcTicks;
        var next = now - (now % interval) + offset;
        // A loop before this one may have scraped at that very moment; one that was cut short is made up for.
        if (next < now || next <= Status.LastScrape?.UtcTicks)
            next += interval;
        if (_isScraping)
            await ScrapeAsync(cancellationToken);
        while (true)
        {
            var wait = next - _time.GetUtcNow().UtcTicks;
            if (wait > 0)
                await Task.Delay(TimeSpan.FromTicks(wait), _time, cancellationToken);
            await ScrapeAsync(cancellationToken);
            // A scrape that took longer than the interval costs those moments, not all that follow.
            var late = _time.GetUtcNow().UtcTicks - next;
            next += interval * Math.Max(1, (late + interval - 1) / interval);
        }
    }

    /// <summary>Ends the target's series: it is gone.</summary>
    public async Task EndAsync()
    {
        var millis = _time.GetUtcNow().ToUnixTimeMilliseconds();
        _request.Clear();
        if (_hasBegun)
            _cache.Inherit(OwnSeries);
        _cache.EndAll(_request, millis);
        if (!_request.IsEmpty)
            await StoreAsync(CancellationToken.None);
    }

    public void Dispose()
    {
        _body.Dispose();
        _compressed.Dispose();
        _request.Dispose();
        _reader.Dispose();
    }

    /// <summary>Scrapes once.</summary>
    public async Task ScrapeAsync(CancellationToken cancellationToken)
    {
        (_hasBegun, _isScraping) = (true, true);
        foreach (var labels in _own)
            _cache.KeepInherited(labels);
        var began = _time.GetTimestamp();
        var at = _time.GetUtcNow();
        var millis = at.ToUnixTimeMilliseconds();
        string? problem = null;
        _request.Clear();
        _reader.Begin();
        _body.Clear();
        try
        {
            using var limit = new CancellationTokenSource(Target.Timeout, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var format = await _client.ReadAsync(Target, _body, either.Token);
            _reader.Read(_body.WrittenSpan, format, millis);
        }
        catch (Exception error) when (error is ScrapeFailedException or HttpRequestException or IOException)
        {
            problem = error.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            problem = $"no whole answer within scrape_timeout, {Target.Timeout}";
        }
        var took = _time.GetElapsedTime(began);
        if (problem is not null)
        {
            _request.Clear();
            _cache.EndAll(_request, millis);
        }
        // Of a body that is refused, what was read of it: so it can be seen how far beyond a limit it is.
        double[] own = [problem is null ? 1 : 0, took.TotalSeconds, _reader.Samples, _cache.Kept, _cache.Added];
        for (var i = 0; i < own.Length; i++)
            _request.AddSample(_own[i], millis, own[i]);
        Status = Status with { LastScrape = at, Duration = took, Samples = _reader.Samples, Error = await StoreAsync(cancellationToken) ?? problem };
        _isScraping = false;
    }

    /// <summary>Stores the request, waiting for room until the next moment has come.</summary>
    /// <returns>Why it was not stored; null when it was.</returns>
    private async Task<string?> StoreAsync(CancellationToken cancellationToken)
    {
        _compressed.Clear();
        _request.Compress(_compressed);
        var began = _time.GetTimestamp();
        while (true)
        {
            var result = await _intake.TakeAsync(
                PipeReader.Create(new ReadOnlySequence<byte>(_compressed.WrittenMemory)), WireFormat.RemoteWrite1, ContentCoding.Identity, _compressed.Length, _source, CancellationToken.None);
            if (result.Outcome == IntakeOutcome.Stored)
                return null;
            var pause = TimeSpan.FromSeconds(Math.Max(1, result.RetryAfterSeconds));
            if (result.Outcome is not (IntakeOutcome.Busy or IntakeOutcome.DiskFailed) || _time.GetElapsedTime(began) + pause > Target.Interval)
            {
                // Counted by the intake with its source, and so in the hour's obs_gap.
                _log.LogWarning("scrape of {Target}: not stored: {Reason}", Target.Url, result.Message);
                return $"not stored: {result.Message}";
            }
            await Task.Delay(pause, _time, cancellationToken);
        }
    }
}
