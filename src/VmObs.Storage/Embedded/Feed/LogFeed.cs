using System.Threading.Channels;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Feed;

/// <summary>Hands published log records to those who listen: the applier copies them, one loop renders and matches them for all.</summary>
/// <remarks>
/// Thread-safe. Nobody listening costs the applier a look at an empty list a request; somebody listening a copy, never a wait. Bounded by
/// <see cref="MaxPendingBytes"/> of copies, and by <see cref="MaxListenerBytes"/> for each of <see cref="ILogFeed.MaxListeners"/>.
/// </remarks>
internal sealed class LogFeed : ILogFeed, IAsyncDisposable
{
    /// <summary>Records that may wait for one listener, bytes.</summary>
    public const long MaxListenerBytes = 1024 * 1024;

    /// <summary>Copies that may wait for the loop, bytes.</summary>
    public const long MaxPendingBytes = 16 * 1024 * 1024;

    private const int ListenersAtMost = 64;

    private readonly Lock _lock = new();
    private readonly Channel<LogPortion> _portions = Channel.CreateUnbounded<LogPortion>(new UnboundedChannelOptions { SingleReader = true });
    private volatile Hearing[] _hearing = [];
    private long _pendingBytes;
    private Task? _loop;
    private bool _isOver;

    public int MaxListeners => ListenersAtMost;

    public LogListener? Listen(LogQuery query)
    {
        lock (_lock)
        {
            if (_hearing.Length == ListenersAtMost)
                return null;
            var listener = new LogListener(MaxListenerBytes, Leave);
            if (_isOver)
                listener.End();
            else
                _hearing = [.. _hearing, new Hearing(listener, new LogLineScan(new LogMatcher(query)))];
            _loop ??= Task.Run(RunAsync);
            return listener;
        }
    }

    /// <summary>Tells of the records of a run from an index on; for the applier, one at a time.</summary>
    public void Tell(LogOpenHour hour, LogRun.Snapshot run, int from)
    {
        var hearing = _hearing;
        if (hearing.Length == 0)
            return;
        if (LogPortion.Copy(hour, run, from, MaxPendingBytes - Interlocked.Read(ref _pendingBytes)) is { } portion)
        {
            Interlocked.Add(ref _pendingBytes, portion.Bytes);
            if (!_portions.Writer.TryWrite(portion))
                portion.Dispose();
            return;
        }
        foreach (var (listener, _) in hearing)
            listener.Miss(run.Count - from);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task? loop;
        lock (_lock)
        {
            _isOver = true;
            _portions.Writer.TryComplete();
            loop = _loop;
        }
        if (loop is not null)
            await loop;
        foreach (var (listener, _) in _hearing)
            listener.End();
    }

    private void Leave(LogListener listener)
    {
        lock (_lock)
            _hearing = [.. _hearing.Where(hearing => hearing.Listener != listener)];
    }

    private async Task RunAsync()
    {
        using var document = new PooledBuffer(4096);
        await foreach (var portion in _portions.Reader.ReadAllAsync())
        {
            using (portion)
                Deliver(portion, _hearing, document);
            Interlocked.Add(ref _pendingBytes, -portion.Bytes);
        }
    }

    private static void Deliver(LogPortion portion, Hearing[] hearing, PooledBuffer document)
    {
        foreach (ref readonly var line in portion.Lines)
        {
            document.Clear();
            byte[]? json = null;
            foreach (var (listener, lines) in hearing)
            {
                if (!lines.Matcher.MatchesTimeAndLevel(line.TimestampUnixNanos, line.Level) || !lines.Matcher.MayMatch(line.Tail.Span))
                    continue;
                if (document.Length == 0)
                    LogLine.Write(document, portion.Hour.EscapedService(line.Service), line);
                if (!LogLineHead.TryRead(document.WrittenSpan, out var head) || !lines.Matches(head, document.WrittenSpan))
                    continue;
                json ??= document.WrittenSpan.ToArray();
                listener.Offer(new LogRecord(line.TimestampUnixNanos, line.Level, json));
            }
        }
    }

    private sealed record Hearing(LogListener Listener, LogLineScan Lines);
}
