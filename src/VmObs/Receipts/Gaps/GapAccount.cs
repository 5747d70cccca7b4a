using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Sampling;

namespace VmObs.Receipts.Gaps;

/// <summary>Counts what was refused, came late or was held back, and has one obs_gap written for each hour that had any of it.</summary>
/// <remarks>
/// Thread-safe. Counts are made at the door, once a request, and saved every few seconds (<see cref="Heartbeat"/>); a replay of the journal does
/// not pass the door. See docs/decisions/0020-counts-of-gaps.md.
/// </remarks>
internal sealed class GapAccount : IDisposable
{
    /// <summary>With what the reason of a trace that was sampled out begins; the rule's name follows.</summary>
    public const string SampledOutReason = "sampled_out:";

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _receipting = new(1, 1);
    private readonly DiskFolder _disk;
    private readonly ObservabilityLedger _ledger;
    private readonly TimeProvider _time;
    private readonly string _path;
    private long _serial;
    private GapPeriod _open;
    private (GapPeriod Counts, long EndUnixNanos)? _closed;
    private long _heldBack;
    private long _sampledThrough;
    private bool _isSaved;

    private GapAccount(string path, DiskFolder disk, ObservabilityLedger ledger, TimeProvider time)
    {
        (_path, _disk, _ledger, _time) = (path, disk, ledger, time);
        _open = new GapPeriod(Now);
    }

    /// <summary>Position of the last decision whose traces have their receipts, or are counted as held back.</summary>
    public long ReceiptedThrough { get; private set; }

    /// <summary>Trace receipts held back since the start.</summary>
    public long HeldBack => Interlocked.Read(ref _heldBack);

    private long Now => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>Takes up the counts that have no receipt yet.</summary>
    /// <exception cref="DamagedLedgerException">Their file is not what was written.</exception>
    public static GapAccount Open(string dataFolder, DiskFolder disk, ObservabilityLedger ledger, TimeProvider time)
    {
        var account = new GapAccount(Path.Combine(dataFolder, GapState.RelativePath), disk, ledger, time);
        account.Load();
        return account;
    }

    /// <summary>Counts.</summary>
    public void Add(GapKind kind, Signal signal, string reason, in GapSource source, GapCount count)
    {
        var key = new GapKey(kind, signal, reason, source.Name);
        lock (_lock)
            Count(key, count);
    }

    /// <summary>Counts trace receipts that were held back, and notes how far that has come: both are saved together.</summary>
    public void HoldBack(int traces, long through)
    {
        lock (_lock)
        {
            if (traces > 0)
                Count(new GapKey(GapKind.Dropped, Signal.Traces, ReceiptLimit.Reason, GapSource.Engine.Name), new GapCount(traces, 0));
            ReceiptedThrough = through;
            _isSaved = false;
        }
        Interlocked.Add(ref _heldBack, traces);
    }

    /// <summary>Counts traces that rules sampled out, and notes how far that has come: both are saved together.</summary>
    /// <returns>False for a decision that is counted already.</returns>
    public bool SampledOut(SampledOutTraces traces)
    {
        lock (_lock)
        {
            if (traces.Decision <= _sampledThrough)
                return false;
            foreach (var (rule, count) in traces.ByRule)
                Count(new GapKey(GapKind.Dropped, Signal.Traces, SampledOutReason + rule, GapSource.Engine.Name), new GapCount(count, 0));
            _sampledThrough = traces.Decision;
            return true;
        }
    }

    /// <summary>Has the receipt of a period that has ended written; it is durable, with ROOT, when the task completes.</summary>
    public Task ReceiptEndedAsync(CancellationToken cancellationToken) => ReceiptAsync(endNow: false, cancellationToken);

    /// <summary>Ends the open period now and has its receipt written; counting goes on in another.</summary>
    public Task ReceiptAllAsync(CancellationToken cancellationToken) => ReceiptAsync(endNow: true, cancellationToken);

    /// <summary>Makes the counts durable.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public void Save()
    {
        byte[] bytes;
        lock (_lock)
        {
            if (_isSaved)
                return;
            bytes = new GapState(_serial, State(_open, _open.LatestUnixNanos), _closed is var (counts, end) ? State(counts, end) : null, ReceiptedThrough)
            {
                SampledThrough = _sampledThrough,
            }.ToBytes();
            _isSaved = true;
        }
        try
        {
            _disk.Replace(_path, bytes);
        }
        catch
        {
            lock (_lock)
                _isSaved = false;
            throw;
        }
    }

    public void Dispose() => _receipting.Dispose();

    private static string KeyOf(long serial) => $"gap:{serial}";

    private static GapState.Period State(GapPeriod period, long latest) =>
        new(period.StartUnixNanos, latest, [.. period.Counts.Select(c => new GapState.Row(c.Key.Kind, c.Key.Signal, c.Key.Reason, c.Key.Source, c.Value.Records, c.Value.Requests))]);

    private static GapPeriod Period(GapState.Period state)
    {
        var period = new GapPeriod(state.Start);
        foreach (var row in state.Counts)
            period.Add(new GapKey(row.Kind, row.Signal, row.Reason, row.Source), new GapCount(row.Records, row.Requests), state.Latest);
        return period;
    }

    private void Load()
    {
        try
        {
            if (GapState.Read(_path) is { } state)
            {
                (_serial, ReceiptedThrough, _open) = (state.Serial, state.ReceiptedThrough, Period(state.Open));
                _sampledThrough = state.SampledThrough;
                _closed = state.Closed is { } closed ? (Period(closed), closed.Latest) : null;
            }
        }
        catch (FormatException error)
        {
            throw new DamagedLedgerException(_path, error.Message);
        }
        // A crash between a receipt and the state after it leaves counts that are receipted already.
        if (_closed is not null && _ledger.HasReceipt(KeyOf(_serial - 1)))
            _closed = null;
        while (_ledger.HasReceipt(KeyOf(_serial)))
            (_serial, _open) = (_serial + 1, new GapPeriod(Now));
    }

    private void Count(GapKey key, GapCount count)
    {
        var now = Now;
        EndHour(now);
        if (_open.Counts.Count == 0 && HourId.Of(now) > HourId.Of(_open.StartUnixNanos))
            _open.StartAt(HourId.Of(now).StartUnixNanos);
        _open.Add(key, count, now);
        _isSaved = false;
    }

    private void EndHour(long now)
    {
        if (now >= _open.HourEndUnixNanos)
            End(_open.HourEndUnixNanos, HourId.Of(now).StartUnixNanos);
    }

    // One period at a time waits for its receipt; while it does, the open one goes on, whatever the hour.
    private void End(long end, long nextStart)
    {
        if (_closed is not null || _open.Counts.Count == 0)
            return;
        _closed = (_open, end);
        _open = new GapPeriod(nextStart);
        _serial++;
        _isSaved = false;
    }

    private async Task ReceiptAsync(bool endNow, CancellationToken cancellationToken)
    {
        await _receipting.WaitAsync(cancellationToken);
        try
        {
            lock (_lock)
                EndHour(Now);
            await ReceiptClosedAsync(cancellationToken);
            if (!endNow)
                return;
            lock (_lock)
            {
                // A clock that was set back does not turn the period around.
                var end = Math.Max(Now, _open.LatestUnixNanos);
                End(end, end);
            }
            await ReceiptClosedAsync(cancellationToken);
        }
        finally
        {
            _receipting.Release();
        }
    }

    private async Task ReceiptClosedAsync(CancellationToken cancellationToken)
    {
        GapReceipt receipt;
        string key;
        lock (_lock)
        {
            if (_closed is not var (counts, end))
                return;
            (receipt, key) = (new GapReceipt(counts.StartUnixNanos, end, counts.Counts), KeyOf(_serial - 1));
        }
        await _ledger.AppendAsync(key, receipt.Write, cancellationToken);
        lock (_lock)
        {
            _closed = null;
            _isSaved = false;
        }
        Save();
    }
}
