using System.Text.Json;
using Microsoft.Extensions.Logging;
using VmObs.Ledger.Checkpoints;
using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts.Gaps;

/// <summary>Every ten seconds: saves the counts of gaps, has ended hours receipted, and signs HEAD, which is the sign of life that a start looks for.</summary>
/// <remarks>HEAD's time is taken before the counts are saved, and HEAD is written after: what happened until that time is in the saved counts.
/// So whatever counts a kill loses belong to the time that the next start calls downtime. Not thread-safe but for <see cref="BeatAsync"/> and <see cref="SignAsync"/>.</remarks>
internal sealed class Heartbeat : IDisposable
{
    public const string HeadFile = "HEAD.observability.txt";

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _beating = new(1, 1);
    private readonly ObservabilityLedger _ledger;
    private readonly GapAccount _gaps;
    private readonly DiskFolder _disk;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _path;
    private readonly JournalHead? _last;
    private readonly long? _lastSignOfLife;
    private Downtime? _downtime;

    private Heartbeat(string path, DiskFolder disk, ObservabilityLedger ledger, GapAccount gaps, TimeProvider time, ILogger logger)
    {
        (_path, _disk, _ledger, _gaps, _time, _logger) = (path, disk, ledger, gaps, time, logger);
        _last = Read(path, ledger.PublicKey);
        _lastSignOfLife = _last?.TimeUnixNanos ?? LastReceipt(ledger);
    }

    private long Now => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>Reads what the engine before left.</summary>
    /// <exception cref="DamagedLedgerException">HEAD is not what was signed.</exception>
    public static Heartbeat Open(string dataFolder, DiskFolder disk, ObservabilityLedger ledger, GapAccount gaps, TimeProvider time, ILogger logger) =>
        new(Path.Combine(dataFolder, HeadFile), disk, ledger, gaps, time, logger);

    /// <summary>Before the first data is taken: the journal must reach as far as was signed; a folder without any sign of life gets its first one.</summary>
    /// <exception cref="DamagedLedgerException">Records are gone that had been on disk.</exception>
    public void Prepare(DurableJournal journal)
    {
        if (_last is not null && (journal.Position < _last.Position || (journal.Position == _last.Position && journal.Chain != _last.Chain)))
            throw new DamagedLedgerException(
                _path, $"found a journal that ends at position {journal.Position} with chain {journal.Chain}, expected it to reach position {_last.Position} with chain {_last.Chain}; records that were acknowledged are missing");
        if (_lastSignOfLife is null)
            Write(journal, Now, stopped: false);
    }

    /// <summary>Data is taken from now on: what lies between the last sign of life and now was downtime.</summary>
    public async Task BeginAsync(DurableJournal journal, CancellationToken cancellationToken)
    {
        if (_lastSignOfLife is { } last)
            _downtime = new Downtime(last, Now, _last);
        await BeatAsync(() => journal, cancellationToken);
    }

    /// <summary>Beats until cancelled.</summary>
    public async Task RunAsync(Func<DurableJournal> journal, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
            await BeatAsync(journal, cancellationToken);
    }

    /// <summary>One beat. What the disk refuses is logged and tried again with the next.</summary>
    public async Task BeatAsync(Func<DurableJournal> journal, CancellationToken cancellationToken)
    {
        try
        {
            await SignAsync(journal, cancellationToken);
        }
        catch (IOException error)
        {
            _logger.LogError(error, "the sign of life could not be written and is tried again: {Message}", error.Message);
        }
    }

    /// <summary>One beat whose HEAD, signed as the ledger signs notes now, is durable when the task completes.</summary>
    /// <returns>Whether HEAD was signed: it stays as it was while a downtime has no receipt, so that the next start finds that again.</returns>
    /// <exception cref="IOException">The disk refuses.</exception>
    public async Task<bool> SignAsync(Func<DurableJournal> journal, CancellationToken cancellationToken)
    {
        await _beating.WaitAsync(cancellationToken);
        try
        {
            var now = Now;
            _gaps.Save();
            await ReceiptAsync(cancellationToken);
            if (_downtime is not null)
                return false;
            Write(journal(), now, stopped: false);
            return true;
        }
        finally
        {
            _beating.Release();
        }
    }

    /// <summary>The last beat, after the last record: the engine ends because it was told to.</summary>
    /// <param name="journal">Where the journal ends.</param>
    /// <param name="sinceUnixNanos">When it began to refuse data.</param>
    public void End(DurableJournal journal, long sinceUnixNanos)
    {
        try
        {
            _gaps.Save();
            if (_downtime is null)
                Write(journal, sinceUnixNanos, stopped: true);
        }
        catch (IOException error)
        {
            _logger.LogError(error, "the last sign of life could not be written, the next start will take this for a crash: {Message}", error.Message);
        }
    }

    public void Dispose() => _beating.Dispose();

    private static JournalHead? Read(string path, NoteKey key)
    {
        try
        {
            return NoteFile.Read(path) is { } bytes ? JournalHead.Read(bytes, key) : null;
        }
        catch (FormatException error)
        {
            throw new DamagedLedgerException(path, error.Message);
        }
    }

    // A folder whose HEAD is gone, or is from before there was one.
    private static long? LastReceipt(ObservabilityLedger ledger)
    {
        var last = ledger.Find(new ReceiptQuery(long.MinValue, long.MaxValue) { Limit = 1 });
        if (last.Count == 0)
            return null;
        using var receipt = JsonDocument.Parse(last.First());
        return Rfc3339.TryParse(receipt.RootElement.GetProperty("sealed_at").GetString(), out var time) ? time : null;
    }

    private async Task ReceiptAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_downtime is { } downtime)
            {
                await _ledger.AppendAsync(downtime.IdempotencyKey, downtime.Write, cancellationToken);
                _downtime = null;
            }
            await _gaps.ReceiptEndedAsync(cancellationToken);
        }
        catch (IOException error)
        {
            _logger.LogError(error, "a gap could not be receipted and is tried again: {Message}", error.Message);
        }
    }

    private void Write(DurableJournal journal, long unixNanos, bool stopped) =>
        _disk.Replace(_path, _ledger.SignNote(new JournalHead(_ledger.PublicKey.Name, journal.Position, journal.Chain, unixNanos, stopped).ToText()));
}
