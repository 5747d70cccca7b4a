using Microsoft.Extensions.Logging;
using VmObs.Signals.Decoding;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Seal;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>Spans: gathers them by trace, decides traces that are complete, and keeps the hours of decided traces.</summary>
/// <remarks>
/// A decision is a record of the journal: all spans of the trace that stand before it and are not decided yet belong to it. A replay therefore
/// forms the same traces again, whatever the clock says then.
/// </remarks>
internal sealed class TraceStore(StoreContext context, Admission admission) : SpillingStore<TracePart>(context, Signal.Traces), ISink<TraceBatch>
{
    // Bounds one decision's body, and thereby the receipts that are written at once.
    private const int MaxTracesInDecision = 4096;

    // Queries read what the applier changes; held for a batch, never for a record.
    private readonly Lock _lock = new();
    private readonly TraceDecider _decider = new(context.Options.PendingTraceBytes);
    private readonly PooledBuffer _scratch = new();
    private TraceMemtable _memtable = new();
    private int _relieving;

    public ValueTask<AppendOutcome> AppendAsync(ReceivedRequest request, TraceBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (batch.Count == 0)
            return new(AppendOutcome.Stored(0));
        return admission.AppendAsync(request, batch, CostOf(batch));
    }

    /// <summary>Decides the traces that are complete: quiet for long enough, too old or too large, or all whose hour has ended.</summary>
    /// <exception cref="IOException">The journal refused; the traces are asked about again.</exception>
    public async Task DecideAsync(SealRule rule)
    {
        var ids = await Applier.InvokeAsync(() => Chosen(rule));
        foreach (var chunk in ids.Chunk(MaxTracesInDecision))
        {
            var body = new byte[chunk.Length * TraceId.Bytes];
            for (var i = 0; i < chunk.Length; i++)
                chunk[i].Write(body.AsSpan(i * TraceId.Bytes));
            var request = new ReceivedRequest(Signal.Traces, default, ContentCoding.Identity, rule.NowUnixNanos, body);
            try
            {
                await admission.WriteAsync(new JournalEntry(JournalRecordKind.TraceDecision, request, Blake3.Hash(body), chunk, 0));
            }
            catch (IOException)
            {
                await Applier.InvokeAsync(() => TakeBack(ids));
                throw;
            }
        }
    }

    public override async ValueTask ReplayAsync(JournalRecord record, RequestDecoder decoder, ReadOnlyMemory<byte> body)
    {
        if (record.Kind == JournalRecordKind.TraceDecision)
        {
            await DecideAsync(record.Position, record.ArrivalUnixNanos, body);
            return;
        }
        using var batch = new TraceBatch();
        if (decoder.TryDecode(record.ToRequest(body), batch) is { } error)
            throw new InvalidOperationException($"BUG: journal record {record.Position} was accepted and cannot be decoded: {error}");
        Context.Budget.Reserve(CostOf(batch));
        Add(record.Position, record.ArrivalUnixNanos, batch);
    }

    public override async Task SpillAsync(long olderThan)
    {
        // Traces that were begun before are decided in the next round, and spilled in the one after it.
        _decider.BeginAfter(olderThan);
        await base.SpillAsync(olderThan);
    }

    public override async Task<IReadOnlyList<SealedHour>> SealAsync(SealRule rule, CancellationToken cancellationToken)
    {
        await DecideAsync(rule);
        return await base.SealAsync(rule, cancellationToken);
    }

    /// <summary>A trace's spans that are in memory, decided or not, and the runs and sealed files at the same moment.</summary>
    public (List<ReadOnlyMemory<byte>> Spans, List<RunPart> Runs, IReadOnlyList<HourFile> Files) Find(TraceId id)
    {
        // Under the lock no decision moves a trace from pending to an hour; the catalog is read inside for the same reason.
        lock (_lock)
        {
            var hours = Hours.Current;
            var spans = new List<ReadOnlyMemory<byte>>();
            var runs = new List<RunPart>();
            if (_decider.Pending.Find(id) is { } pending)
                spans.AddRange(pending.Spans);
            foreach (var hour in hours.Open)
            {
                var view = hour.View;
                runs.AddRange(view.Runs);
                foreach (var part in view.Parts)
                    spans.AddRange(part.Traces.Where(trace => trace.Key.Id == id).SelectMany(trace => trace.Spans));
            }
            return (spans, runs, hours.Sealed);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _scratch.Dispose();
    }

    protected override long MemtableFirstPosition => Volatile.Read(ref _memtable).FirstPosition;

    protected override ValueTask ApplyAsync(JournalEntry entry)
    {
        if (entry.Kind == JournalRecordKind.TraceDecision)
            return DecideAsync(entry.Position, entry.Request.ArrivalUnixNanos, entry.Request.Body);
        var batch = (TraceBatch)entry.Payload;
        entry.LateRecords = CountLate(batch);
        Add(entry.Position, entry.Request.ArrivalUnixNanos, batch);
        if (_decider.IsUnderPressure && Interlocked.Exchange(ref _relieving, 1) == 0)
            _ = Task.Run(RelieveAsync);
        return ValueTask.CompletedTask;
    }

    protected override long FirstInMemory()
    {
        // Pending before decided: a decision moves traces from the one to the other.
        long pending;
        lock (_lock)
            pending = _decider.Pending.All.Select(trace => trace.FirstPosition).DefaultIfEmpty(long.MaxValue).Min();
        return Math.Min(pending, base.FirstInMemory());
    }

    protected override bool MemtableHolds(HourId hour) => _memtable.Holds(hour);

    protected override void Rotate()
    {
        Spiller.Enqueue(_memtable.Freeze());
        Volatile.Write(ref _memtable, new TraceMemtable());
    }

    protected override SealedHour Merge(SpillingHour<TracePart> hour, RunMerge runs, long journalTo, string journalHead, CancellationToken cancellationToken)
    {
        using var file = new SealingFile(Context.Disk, Context.DataFolder, hour.Name);
        using var writer = new TraceFileWriter(file.File, hour.Name);
        using var payload = new PooledBuffer(64 * 1024);
        using var services = new DistinctTexts();
        using var nodes = new DistinctTexts();
        var spans = new List<ReadOnlyMemory<byte>>();
        while (runs.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (failed, key) = TraceRunKey.Read(runs.Key);
            spans.Clear();
            payload.Clear();
            payload.Write(runs.Payload);
            var leaf = TracePayload.Read(payload.WrittenMemory, spans);
            foreach (var record in spans)
            {
                var span = new SpanRecord(record.Span);
                services.Add(span.Text(SpanText.Service));
                nodes.Add(span.Text(SpanText.Node));
            }
            writer.WriteTrace(key, failed, leaf, spans);
        }
        var summary = writer.Finish();
        return file.Complete(new SealedHour(
            Signal.Traces, hour.Name.Hour, hour.Name.LateIndex, hour.Name.StoragePath, summary.ContentHash.ToHex(), summary.Length,
            new JournalSpan(hour.FirstPosition, journalTo, journalHead))
        {
            Traces = new TraceHourFacts(summary.RecordsRoot.ToHex(), summary.Traces, summary.Spans, summary.ErrorTraces, services.ToSorted(), nodes.ToSorted()),
        });
    }

    // Every span as if it began a trace: at least what they will hold.
    private static long CostOf(TraceBatch batch) => batch.TextBytes + (batch.Count * (PendingTrace.SpanOverheadBytes + PendingTrace.OverheadBytes));

    private void Add(long position, long arrivalUnixNanos, TraceBatch batch)
    {
        long held = 0;
        lock (_lock)
        {
            for (var i = 0; i < batch.Count; i++)
                held += _decider.Add(batch[i], position, arrivalUnixNanos);
        }
        Context.Budget.Release(CostOf(batch) - held);
    }

    // A trace is late with its earliest span, which is known only when it is decided; who sent late is known only now.
    private int CountLate(TraceBatch batch)
    {
        var late = 0;
        var last = new HourId(long.MinValue);
        var lastIsLate = false;
        for (var i = 0; i < batch.Count; i++)
        {
            var hour = HourId.Of(batch[i].StartUnixNanos);
            if (hour != last)
                (last, lastIsLate) = (hour, IsLate(hour));
            if (lastIsLate)
                late++;
        }
        return late;
    }

    private List<TraceId> Chosen(SealRule rule)
    {
        lock (_lock)
            return _decider.Choose(rule);
    }

    private bool TakeBack(List<TraceId> ids)
    {
        lock (_lock)
        {
            foreach (var id in ids)
                _decider.Pending.TakeBackDecision(id);
        }
        return true;
    }

    // The oldest go before they are quiet for long enough: a trace in two parts is found whole, an engine out of memory is not found at all.
    private async Task RelieveAsync()
    {
        try
        {
            await DecideAsync(new SealRule(Context.NowUnixNanos, AllEnded: false));
        }
        catch (IOException error)
        {
            Context.Logger.LogError(error, "deciding traces failed and is tried again: {Message}", error.Message);
        }
        finally
        {
            Volatile.Write(ref _relieving, 0);
        }
    }

    private async ValueTask DecideAsync(long position, long arrivalUnixNanos, ReadOnlyMemory<byte> ids)
    {
        var significant = new List<CompletedTrace>();
        lock (_lock)
        {
            for (var rest = ids.Span; !rest.IsEmpty; rest = rest[TraceId.Bytes..])
            {
                // Not pending: a replay began after its spans, because a run or the hour's file holds them.
                if (_decider.Pending.Remove(TraceId.Read(rest)) is { } pending)
                    Decide(new TraceKey(pending.Id, position), pending, arrivalUnixNanos, significant);
            }
        }
        if (significant.Count > 0)
            await ReceiptAsync(significant);
        if (_memtable.ReservedBytes >= Context.Options.MemtableBytes)
            Rotate();
    }

    private async Task ReceiptAsync(List<CompletedTrace> significant)
    {
        try
        {
            await Context.Receipts.TracesCompletedAsync(significant, CancellationToken.None);
        }
        catch (IOException error)
        {
            _memtable.Owe(significant);
            Context.Logger.LogError(error, "receipts of {Traces} traces failed and are tried again before the traces leave memory: {Message}", significant.Count, error.Message);
        }
    }

    private void Decide(TraceKey key, PendingTrace pending, long arrivalUnixNanos, List<CompletedTrace> significant)
    {
        var hour = key.Decision <= SpilledThrough ? null : Accepting(HourId.Of(pending.EarliestStartUnixNanos), key.Decision, arrivalUnixNanos);
        if (hour is null)
        {
            // A replay: a run or the sealed file holds the trace.
            Context.Budget.Release(pending.ReservedBytes);
            return;
        }
        pending.Spans.Sort((a, b) => Compare(new SpanRecord(a.Span), new SpanRecord(b.Span)));
        var leaf = TraceLeaf.Hash(_scratch, key.Id, key.Decision, pending.Spans);
        _memtable.Add(hour, new DecidedTrace(key, TraceSummary.Failed(pending.Spans), leaf, pending.Spans), pending, arrivalUnixNanos);
        if (TraceSummary.Describe(key, leaf, pending.Spans, Context.Options.Significance) is { } completed)
            significant.Add(completed with { DecidedUnixNanos = arrivalUnixNanos });
    }

    // By start, then span id; a span sent twice stands twice, and its bytes decide.
    private static int Compare(SpanRecord a, SpanRecord b)
    {
        var order = a.StartUnixNanos.CompareTo(b.StartUnixNanos);
        if (order == 0)
            order = a.SpanId.CompareTo(b.SpanId);
        return order != 0 ? order : a.Bytes.SequenceCompareTo(b.Bytes);
    }
}
