using System.Text;
using VmObs.Signals.Decoding;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>Spans: gathers them by trace, decides traces that are complete, and keeps the hours of decided traces.</summary>
/// <remarks>
/// A decision is a record of the journal: all spans of the trace that stand before it and are not decided yet belong to it. A replay therefore
/// forms the same traces again, whatever the clock says then.
/// </remarks>
internal sealed class TraceStore(StoreContext context, Admission admission) : SignalStore<TraceOpenHour>(context, Signal.Traces), ISink<TraceBatch>
{
    /// <summary>A trace is complete when none of its spans has arrived for this long, ns.</summary>
    public const long QuietNanos = 10L * 1_000_000_000;

    // Bounds one decision's body, and thereby the receipts that are written at once.
    private const int MaxTracesInDecision = 4096;

    // What a span costs in memory beside its bytes: its place in lists, and its share of the trace.
    private const int SpanOverheadBytes = 64;

    // Queries read what the applier changes; held for a batch, never for a record.
    private readonly Lock _lock = new();
    private readonly Dictionary<TraceId, PendingTrace> _pending = [];
    private readonly ByteArena _spans = new();
    private readonly PooledBuffer _scratch = new();

    public ValueTask<AppendOutcome> AppendAsync(ReceivedRequest request, TraceBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (batch.Count == 0)
            return new(AppendOutcome.Stored(0));
        return admission.AppendAsync(request, batch, batch.TextBytes + (batch.Count * (long)SpanOverheadBytes));
    }

    /// <summary>Decides the traces that are complete: quiet for long enough, or all whose hour has ended.</summary>
    public async Task DecideAsync(SealRule rule)
    {
        var ids = await Applier.InvokeAsync(() => Complete(rule));
        foreach (var chunk in ids.Chunk(MaxTracesInDecision))
        {
            var body = new byte[chunk.Length * TraceId.Bytes];
            for (var i = 0; i < chunk.Length; i++)
                chunk[i].Write(body.AsSpan(i * TraceId.Bytes));
            var request = new ReceivedRequest(Signal.Traces, default, ContentCoding.Identity, rule.NowUnixNanos, body);
            await admission.WriteAsync(new JournalEntry(JournalRecordKind.TraceDecision, request, Blake3.Hash(body), chunk, 0));
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
        Context.Budget.Reserve(Add(record.Position, record.ArrivalUnixNanos, batch));
    }

    public override long FirstNeededPosition()
    {
        // Pending before open hours: a decision moves traces from the one to the other.
        long pending;
        lock (_lock)
            pending = _pending.Values.Select(trace => trace.FirstPosition).DefaultIfEmpty(long.MaxValue).Min();
        return Math.Min(pending, base.FirstNeededPosition());
    }

    public override async Task<IReadOnlyList<SealedHour>> SealAsync(SealRule rule, CancellationToken cancellationToken)
    {
        await DecideAsync(rule);
        return await base.SealAsync(rule, cancellationToken);
    }

    /// <summary>The spans of a trace that are in memory, decided or not, and the sealed files at the same moment.</summary>
    public (List<ReadOnlyMemory<byte>> Spans, IReadOnlyList<HourFile> Files) Find(TraceId id)
    {
        // Under the lock no decision moves a trace from pending to an hour; the catalog is read inside for the same reason.
        lock (_lock)
        {
            var hours = Hours.Current;
            var spans = new List<ReadOnlyMemory<byte>>();
            if (_pending.TryGetValue(id, out var pending))
                spans.AddRange(pending.Spans);
            foreach (var hour in hours.Open)
                spans.AddRange(hour.Traces.Where(trace => trace.Key.Id == id).SelectMany(trace => trace.Spans));
            return (spans, hours.Sealed);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _scratch.Dispose();
    }

    protected override ValueTask ApplyAsync(JournalEntry entry)
    {
        if (entry.Kind == JournalRecordKind.TraceDecision)
            return DecideAsync(entry.Position, entry.Request.ArrivalUnixNanos, entry.Request.Body);
        var batch = (TraceBatch)entry.Payload;
        entry.LateRecords = CountLate(batch);
        Add(entry.Position, entry.Request.ArrivalUnixNanos, batch);
        return ValueTask.CompletedTask;
    }

    protected override TraceOpenHour Create(HourFile name, long position, long arrivalUnixNanos) => new(name, position, arrivalUnixNanos);

    protected override long? FirstNeeded(TraceOpenHour hour) => hour.FirstPosition;

    protected override Task<SealedHour> FinishAsync(TraceOpenHour hour, long journalTo, string journalHead) => Task.Run(() =>
    {
        using var file = new SealingFile(Context.Disk, Context.DataFolder, hour.Name);
        using var writer = new TraceFileWriter(file.File);
        var services = new SortedSet<string>(StringComparer.Ordinal);
        var nodes = new SortedSet<string>(StringComparer.Ordinal);
        // A copy: queries walk the hour's own list.
        var traces = hour.Traces.OrderByDescending(trace => trace.Failed).ThenBy(trace => trace.Key);
        foreach (var trace in traces)
        {
            foreach (var record in trace.Spans)
            {
                var span = new SpanRecord(record.Span);
                services.Add(Encoding.UTF8.GetString(span.Text(SpanText.Service)));
                nodes.Add(Encoding.UTF8.GetString(span.Text(SpanText.Node)));
            }
            writer.WriteTrace(trace.Key, trace.Failed, trace.Leaf, trace.Spans);
        }
        var summary = writer.Finish();
        return file.Complete(new SealedHour(
            Signal.Traces, hour.Name.Hour, hour.Name.LateIndex, hour.Name.StoragePath, summary.ContentHash.ToHex(), summary.Length,
            new JournalSpan(hour.FirstPosition, journalTo, journalHead))
        {
            Traces = new TraceHourFacts(summary.RecordsRoot.ToHex(), summary.Traces, summary.Spans, summary.ErrorTraces, [.. services], [.. nodes]),
        });
    });

    protected override void Release(TraceOpenHour hour) => Context.Budget.Release(hour.ReservedBytes);

    /// <returns>What the spans hold in memory.</returns>
    private long Add(long position, long arrivalUnixNanos, TraceBatch batch)
    {
        lock (_lock)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                var span = batch[i];
                if (!_pending.TryGetValue(span.TraceId, out var trace))
                    _pending.Add(span.TraceId, trace = new PendingTrace(position));
                trace.Spans.Add(_spans.Add(span.Bytes));
                trace.LastArrivalUnixNanos = arrivalUnixNanos;
                trace.EarliestStartUnixNanos = Math.Min(trace.EarliestStartUnixNanos, span.StartUnixNanos);
                trace.ReservedBytes += span.Bytes.Length + SpanOverheadBytes;
            }
        }
        return batch.TextBytes + (batch.Count * (long)SpanOverheadBytes);
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

    private List<TraceId> Complete(SealRule rule)
    {
        var ids = new List<TraceId>();
        foreach (var (id, trace) in _pending)
        {
            // An arrival far ahead of now is one from before the clock was set back.
            var complete = rule.NowUnixNanos - trace.LastArrivalUnixNanos is >= QuietNanos or < -ClockWatch.StepNanos
                || (rule.AllEnded && HourSchedule.HasEnded(HourId.Of(trace.EarliestStartUnixNanos), rule.NowUnixNanos));
            if (!complete || trace.DecisionQueued)
                continue;
            trace.DecisionQueued = true;
            ids.Add(id);
        }
        return ids;
    }

    private async ValueTask DecideAsync(long position, long arrivalUnixNanos, ReadOnlyMemory<byte> ids)
    {
        var significant = new List<CompletedTrace>();
        lock (_lock)
        {
            for (var rest = ids.Span; !rest.IsEmpty; rest = rest[TraceId.Bytes..])
            {
                // Not pending: a replay began after its spans, because the hour's file holds them.
                if (_pending.Remove(TraceId.Read(rest), out var pending))
                    Decide(new TraceKey(TraceId.Read(rest), position), pending, arrivalUnixNanos, significant);
            }
        }
        if (significant.Count > 0)
            await Context.Receipts.TracesCompletedAsync(significant, CancellationToken.None);
    }

    private void Decide(TraceKey key, PendingTrace pending, long arrivalUnixNanos, List<CompletedTrace> significant)
    {
        var hour = Accepting(HourId.Of(pending.EarliestStartUnixNanos), key.Decision, arrivalUnixNanos);
        if (hour is null)
        {
            // A replay: the sealed file holds the trace.
            Context.Budget.Release(pending.ReservedBytes);
            return;
        }
        pending.Spans.Sort((a, b) => Compare(new SpanRecord(a.Span), new SpanRecord(b.Span)));
        var leaf = TraceLeaf.Hash(_scratch, key.Id, key.Decision, pending.Spans);
        hour.Add(new DecidedTrace(key, TraceSummary.Failed(pending.Spans), leaf, pending.Spans), pending, arrivalUnixNanos);
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
