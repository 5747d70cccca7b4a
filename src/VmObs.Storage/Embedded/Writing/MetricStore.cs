using System.Text;
using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Seal;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>Samples: takes them in and keeps their hours.</summary>
internal sealed class MetricStore(StoreContext context, Admission admission) : SpillingStore<MetricPart>(context, Signal.Metrics), ISink<MetricBatch>
{
    // Owned by the applier, and by recovery before it starts.
    private MetricMemtable _memtable = new();

    public ValueTask<AppendOutcome> AppendAsync(ReceivedRequest request, MetricBatch batch, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (batch.SampleCount == 0)
            return new(AppendOutcome.Stored(0));
        var last = new HourId(long.MinValue);
        foreach (ref readonly var sample in batch.Samples)
        {
            var hour = HourId.Of(sample.TimestampUnixNanos);
            if (hour != last && !HasRoomFor(hour))
                return new(Admission.TooManyHours(hour, MaxOpenHours));
            last = hour;
        }
        return admission.AppendAsync(request, batch, CostOf(batch));
    }

    public override ValueTask ReplayAsync(JournalRecord record, RequestDecoder decoder, ReadOnlyMemory<byte> body)
    {
        if (record.Position <= SpilledThrough)
            return ValueTask.CompletedTask;
        using var batch = new MetricBatch();
        if (decoder.TryDecode(record.ToRequest(body), batch) is { } error)
            throw new InvalidOperationException($"BUG: journal record {record.Position} was accepted and cannot be decoded: {error}");
        Context.Budget.Reserve(CostOf(batch));
        Apply(record.Position, record.ArrivalUnixNanos, batch);
        return ValueTask.CompletedTask;
    }

    protected override long MemtableFirstPosition => Volatile.Read(ref _memtable).FirstPosition;

    protected override ValueTask ApplyAsync(JournalEntry entry)
    {
        var batch = (MetricBatch)entry.Payload;
        Apply(entry.Position, entry.Request.ArrivalUnixNanos, batch);
        entry.LateRecords = HasLateHours ? CountLate(batch) : 0;
        return ValueTask.CompletedTask;
    }

    protected override bool MemtableHolds(HourId hour) => _memtable.Holds(hour);

    protected override void Rotate()
    {
        Spiller.Enqueue(_memtable.Freeze());
        Volatile.Write(ref _memtable, new MetricMemtable());
    }

    protected override SealedHour Merge(SpillingHour<MetricPart> hour, RunMerge runs, long journalTo, string journalHead, CancellationToken cancellationToken)
    {
        using var file = new SealingFile(Context.Disk, Context.DataFolder, hour.Name);
        using var writer = new MetricFileWriter(file.File, hour.Name);
        var aggregates = new HourAggregates(Context.Options.Aggregates);
        using var nodes = new DistinctTexts();
        var series = new MetricMerge(runs);
        while (series.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var samples = series.Samples;
            aggregates.Add(series.Key, samples.Values);
            if (LabelKey.ValueOf(series.Key, "node"u8) is { IsEmpty: false } node)
                nodes.Add(node);
            writer.WriteSeries(
                series.Key, series.Description.Kind, Encoding.UTF8.GetBytes(series.Description.Unit), samples.TimestampsUnixNanos, samples.Values, samples.Details);
        }
        var summary = writer.Finish();
        return file.Complete(new SealedHour(
            Signal.Metrics, hour.Name.Hour, hour.Name.LateIndex, hour.Name.StoragePath, summary.ContentHash.ToHex(), summary.Length,
            new JournalSpan(hour.FirstPosition, journalTo, journalHead))
        {
            Metrics = new MetricHourFacts(summary.RecordsRoot.ToHex(), nodes.ToSorted(), summary.Series, summary.Samples, aggregates.Results()),
        });
    }

    private void Apply(long position, long arrivalUnixNanos, MetricBatch batch)
    {
        var reserved = _memtable.ReservedBytes;
        long added = 0;
        MetricPart? part = null;
        var hourId = new HourId(long.MinValue);
        var samples = batch.Samples;
        var (detail, nextWithDetail) = (0, SampleOfDetail(batch, 0));
        for (var i = 0; i < samples.Length; i++)
        {
            ref readonly var sample = ref samples[i];
            if (HourId.Of(sample.TimestampUnixNanos) is var id && id != hourId)
            {
                hourId = id;
                part = Accepting(id, position, arrivalUnixNanos) is { } hour ? _memtable.Part(hour, position, arrivalUnixNanos) : null;
            }
            if (part is null)
                continue;
            var number = _memtable.SeriesNumber(batch.Identity(sample.Series), batch.Kind(sample.Series), batch.Unit(sample.Series));
            part.Add(number, sample.TimestampUnixNanos, sample.Value);
            added += MetricPart.SampleBytes;
            // Before it are those of samples that a file holds already.
            while (nextWithDetail < i)
                nextWithDetail = SampleOfDetail(batch, ++detail);
            if (nextWithDetail == i)
                added += part.AddDetail(batch.DetailAt(detail).Json.Span);
        }
        _memtable.Publish(position, arrivalUnixNanos, added);
        // Reserved when the request was admitted: its samples. New series come on top; samples that a file holds already are given back.
        Context.Budget.Reserve(_memtable.ReservedBytes - reserved - CostOf(batch));
        if (_memtable.ReservedBytes >= Context.Options.MemtableBytes)
            Rotate();
    }

    private static long CostOf(MetricBatch batch) =>
        (batch.SampleCount * MetricPart.SampleBytes) + (batch.DetailCount * MetricPart.DetailOverheadBytes) + batch.DetailBytes;

    private static int SampleOfDetail(MetricBatch batch, int detail) => detail < batch.DetailCount ? batch.DetailAt(detail).Sample : int.MaxValue;

    private int CountLate(MetricBatch batch)
    {
        var late = 0;
        foreach (ref readonly var sample in batch.Samples)
        {
            if (IsLate(HourId.Of(sample.TimestampUnixNanos)))
                late++;
        }
        return late;
    }
}
