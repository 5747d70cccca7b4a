using System.Collections.Concurrent;
using System.Net;
using VmObs.Receipts.Gaps;

namespace VmObs.Ingest;

/// <summary>How much each sender has sent lately: who sends faster than it may is told to wait, and nobody else.</summary>
/// <remarks>A token bucket a sender, which is its token's holder, else its address: it holds ten seconds of the rate, and a request may be begun
/// while it is not empty. Thread-safe.</remarks>
internal sealed class SourceRates(long? bytesPerSecond, TimeProvider time)
{
    private const int BurstSeconds = 10;

    /// <summary>Senders remembered; at more, those whose bucket is full again are forgotten.</summary>
    private const int MaxSources = 10_000;

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>Senders that are remembered.</summary>
    internal int SourceCount => _buckets.Count;

    /// <summary>How long a sender has to wait before its next request; null when it need not.</summary>
    public TimeSpan? Wait(in GapSource source)
    {
        if (RateOf(source) is not { } rate || Name(source) is not { } name)
            return null;
        if (!_buckets.TryGetValue(name, out var bucket))
        {
            if (_buckets.Count >= MaxSources)
                Forget();
            bucket = _buckets.GetOrAdd(name, new Bucket(rate, time));
        }
        return bucket.Wait(rate);
    }

    /// <summary>Counts what a sender sent.</summary>
    public void Count(in GapSource source, int bytes)
    {
        if (RateOf(source) is { } rate && Name(source) is { } name && _buckets.TryGetValue(name, out var bucket))
            bucket.Take(rate, bytes);
    }

    private long? RateOf(in GapSource source) => source.Sender?.BytesPerSecond is { } own ? own == long.MaxValue ? null : own : bytesPerSecond;

    // The engine's own collecting has no peer and no limit.
    private static string? Name(in GapSource source) => source.Sender?.Did ?? source.Peer switch
    {
        null => null,
        { IsIPv4MappedToIPv6: true } peer => peer.MapToIPv4().ToString(),
        IPAddress peer => peer.ToString(),
    };

    private void Forget()
    {
        foreach (var (name, bucket) in _buckets)
        {
            if (bucket.IsFull())
                _buckets.TryRemove(name, out _);
        }
    }

    private sealed class Bucket(long rate, TimeProvider time)
    {
        private readonly Lock _lock = new();
        private double _level = (double)rate * BurstSeconds;
        private long _at = time.GetTimestamp();
        private long _rate = rate;

        /// <summary>Whether its sender owes nothing: it may be forgotten.</summary>
        public bool IsFull()
        {
            lock (_lock)
            {
                Fill(_rate);
                return _level >= (double)_rate * BurstSeconds;
            }
        }

        public TimeSpan? Wait(long bytesPerSecond)
        {
            lock (_lock)
            {
                Fill(bytesPerSecond);
                return _level > 0 ? null : TimeSpan.FromSeconds((1 - _level) / bytesPerSecond);
            }
        }

        public void Take(long bytesPerSecond, int bytes)
        {
            lock (_lock)
            {
                Fill(bytesPerSecond);
                _level -= bytes;
            }
        }

        private void Fill(long bytesPerSecond)
        {
            var most = (double)bytesPerSecond * BurstSeconds;
            _level = Math.Min(most, _level + (time.GetElapsedTime(_at).TotalSeconds * bytesPerSecond));
            _at = time.GetTimestamp();
            _rate = bytesPerSecond;
        }
    }
}
