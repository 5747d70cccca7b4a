using Microsoft.Extensions.Logging;
using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Sampling;
using VmObs.Storage.Embedded.Seal;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>Spans: gathers them by trace, decides traces that are complete, and keeps the hours of decided traces.</summary>
/// <remarks>
/// A decision is a record of the journal: all spans of the trace that stand before it and are not decided yet belong to it. A replay therefore
/// forms the same traces again, whatever the clock says then.
/// </remarks>
internal sealed class TraceStore : SpillingStore<TracePart>, ISink<TraceBatch>
{
    // Queries read what the applier changes; held for a batch, never for a record.
    private readonly Lock _lock;
    private readonly TraceDecider _decider;
    private readonly DecisionRound _round;
    private readonly Admission _admission;
    private readonly PooledBuffer _scratch = new();
    private TraceMemtable _memtable = new();
    private int _relieving;

    public TraceStore(StoreContext context, Admission admission)
        : base(context, Signal.Traces)
    {
        _lock = new Lock();
        _decider = new TraceDecider(context.Options.PendingTraceBytes);
        _round = new DecisionRound(context, admission, _decider, _lock);
        _admission = admission;
    }

    public ValueTask<AppendOutcome> AppendAsync(ReceivedRequest request, TraceBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (batch.Count == 0)
            return new(AppendOutcome.Stored(0));
        return _admission.AppendAsync(request, batch, CostOf(batch));
    }

    /// <inheritdoc cref="DecisionRound.RunAsync"/>
    public Task DecideAsync(SealRule rule) => _round.RunAsync(Applier, rule);

    public override async ValueTask ReplayAsync(JournalRecord record, RequestDecoder decoder, ReadOnlyMemory<byte> body)
    {
        if (record.Kind != JournalRecordKind.Request)
        {
            await DecideAsync(record.Kind, record.Position, record.ArrivalUnixNanos, body);
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

    /// <summary>Where all parts of traces are, of some hours.</summary>
    /// <param name="first">The first hour.</param>
    /// <param name="last">The last hour.</param>
    /// <param name="only">The only trace of interest in memory; null for all.</param>
    public TraceView Look(HourId first, HourId last, TraceId? only = null)
    {
        var memory = new List<TracePartInMemory>();
        var runs = new List<RunPart>();
        // Under the lock no decision moves a trace from pending to an hour; the catalog is read inside for the same reason.
        lock (_lock)
        {
            var hours = Hours.Current;
            foreach (var pending in only is { } id ? _decider.Pending.All.Where(trace => trace.Id == id) : _decider.Pending.All)
            {
                if (HourId.Of(pending.EarliestStartUnixNanos) is var hour && hour >= first && hour <= last)
                    memory.Add(new TracePartInMemory(pending.Id, hour, [.. pending.Spans]));
            }
            foreach (var hour in hours.Open.Where(hour => hour.Name.Hour >= first && hour.Name.Hour <= last))
            {
                var view = hour.View;
                runs.AddRange(view.Runs);
                foreach (var trace in view.Parts.SelectMany(part => part.Traces))
                {
                    if (only is null || trace.Key.Id == only)
                        memory.Add(new TracePartInMemory(trace.Key.Id, hour.Name.Hour, trace.Spans));
                }
            }
            return new TraceView(memory, runs, [.. hours.Sealed.Where(file => file.Hour >= first && file.Hour <= last)]);
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
        if (entry.Kind != JournalRecordKind.Request)
            return DecideAsync(entry.Kind, entry.Position, entry.Request.ArrivalUnixNanos, entry.Request.Body);
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

    private async ValueTask DecideAsync(JournalRecordKind kind, long position, long arrivalUnixNanos, ReadOnlyMemory<byte> body)
    {
        var significant = new List<CompletedTrace>();
        lock (_lock)
        {
            if (kind == JournalRecordKind.SampledDecision)
            {
                Decide(SampledDecision.Read(body), position, arrivalUnixNanos, significant);
            }
            else
            {
                for (var rest = body.Span; !rest.IsEmpty; rest = rest[TraceId.Bytes..])
                    Keep(TraceId.Read(rest), position, arrivalUnixNanos, significant);
            }
        }
        if (significant.Count > 0)
            await ReceiptAsync(significant);
        if (_memtable.ReservedBytes >= Context.Options.MemtableBytes)
            Rotate();
    }

    private void Decide(SampledDecision decision, long position, long arrivalUnixNanos, List<CompletedTrace> significant)
    {
        var sampledOut = new long[decision.Names.Count];
        for (var i = 0; i < decision.Count; i++)
        {
            var (id, verdict) = decision[i];
            if (verdict == SampledDecision.Kept)
            {
                Keep(id, position, arrivalUnixNanos, significant);
                continue;
            }
            sampledOut[verdict - 1]++;
            Context.Budget.Release(_decider.Pending.Drop(id, decision.Through));
        }
        if (sampledOut.AsSpan().ContainsAnyExcept(0))
            Context.Options.Sampling?.Record.SampledOut(new SampledOutTraces(
                position, [.. decision.Names.Zip(sampledOut, KeyValuePair.Create).Where(rule => rule.Value > 0)]));
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

    private void Keep(TraceId id, long position, long arrivalUnixNanos, List<CompletedTrace> significant)
    {
        // Not pending: a replay began after its spans, because a run or the hour's file holds them.
        if (_decider.Pending.Remove(id) is not { } pending)
            return;
        var key = new TraceKey(id, position);
        var hour = key.Decision <= SpilledThrough ? null : Accepting(HourId.Of(pending.EarliestStartUnixNanos), key.Decision, arrivalUnixNanos);
        if (hour is null)
        {
            // A replay: a run or the sealed file holds the trace.
            Context.Budget.Release(pending.ReservedBytes);
            return;
        }
        pending.SortSpans();
        IReadOnlyList<ReadOnlyMemory<byte>> spans = Context.Options.Sampling is { Rules.DropsTraces: true } ? _memtable.Copy(pending.Spans) : pending.Spans;
        var leaf = TraceLeaf.Hash(_scratch, key.Id, key.Decision, spans);
        _memtable.Add(hour, new DecidedTrace(key, TraceSummary.Failed(spans), leaf, spans), pending, arrivalUnixNanos);
        if (TraceSummary.Describe(key, leaf, spans, Context.Options.Significance) is { } completed)
            significant.Add(completed);
    }
}
