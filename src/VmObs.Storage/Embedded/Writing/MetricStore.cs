using System.Text;
using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>Samples: takes them in and keeps their hours.</summary>
internal sealed class MetricStore(StoreContext context, Admission admission) : SignalStore<MetricOpenHour>(context, Signal.Metrics), ISink<MetricBatch>
{
    // Owned by the applier.
    private readonly List<MetricOpenHour> _touched = [];
    private int[] _numbers = new int[256];

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
                return new(Admission.TooManyHours(hour));
            last = hour;
        }
        return admission.AppendAsync(request, batch, batch.SampleCount * MetricOpenHour.SampleBytes);
    }

    public override ValueTask ReplayAsync(JournalRecord record, RequestDecoder decoder, ReadOnlyMemory<byte> body)
    {
        using var batch = new MetricBatch();
        if (decoder.TryDecode(record.ToRequest(body), batch) is { } error)
            throw new InvalidOperationException($"BUG: journal record {record.Position} was accepted and cannot be decoded: {error}");
        Context.Budget.Reserve(Apply(record.Position, record.ArrivalUnixNanos, batch));
        return ValueTask.CompletedTask;
    }

    protected override ValueTask ApplyAsync(JournalEntry entry)
    {
        var batch = (MetricBatch)entry.Payload;
        Apply(entry.Position, entry.Request.ArrivalUnixNanos, batch);
        entry.LateRecords = HasLateHours ? CountLate(batch) : 0;
        return ValueTask.CompletedTask;
    }

    protected override MetricOpenHour Create(HourFile name, long position, long arrivalUnixNanos) => new(name, position, arrivalUnixNanos);

    protected override long? FirstNeeded(MetricOpenHour hour) => hour.FirstPosition;

    protected override Task<SealedHour> FinishAsync(MetricOpenHour hour, long journalTo, string journalHead) => Task.Run(() =>
    {
        using var file = new SealingFile(Context.Disk, Context.DataFolder, hour.Name);
        using var writer = new MetricFileWriter(file.File);
        var aggregates = new HourAggregates(Context.Options.Aggregates);
        var nodes = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var series in hour.Published.Read(long.MinValue, long.MaxValue, _ => true))
        {
            aggregates.Add(series);
            if (LabelKey.ValueOf(series.Key.Span, "node"u8) is { IsEmpty: false } node)
                nodes.Add(Encoding.UTF8.GetString(node));
            writer.WriteSeries(series.Key.Span, series.Kind, Encoding.UTF8.GetBytes(series.Unit), series.TimestampsUnixNanos.Span, series.Values.Span);
        }
        var summary = writer.Finish();
        return file.Complete(new SealedHour(
            Signal.Metrics, hour.Name.Hour, hour.Name.LateIndex, hour.Name.StoragePath, summary.ContentHash.ToHex(), summary.Length,
            new JournalSpan(hour.FirstPosition, journalTo, journalHead))
        {
            Metrics = new MetricHourFacts(summary.RecordsRoot.ToHex(), [.. nodes], summary.Series, summary.Samples, aggregates.Results()),
        });
    });

    protected override void Release(MetricOpenHour hour) => Context.Budget.Release(hour.Published.SampleCount * MetricOpenHour.SampleBytes);

    /// <returns>What the samples that were taken hold in memory; those already in a file are passed over.</returns>
    private long Apply(long position, long arrivalUnixNanos, MetricBatch batch)
    {
        _touched.Clear();
        long taken = 0;
        MetricOpenHour? hour = null;
        var hourId = new HourId(long.MinValue);
        if (_numbers.Length < batch.SeriesCount)
            _numbers = new int[batch.SeriesCount];
        foreach (ref readonly var sample in batch.Samples)
        {
            if (HourId.Of(sample.TimestampUnixNanos) is var id && id != hourId)
            {
                hourId = id;
                hour = Accepting(id, position, arrivalUnixNanos);
                if (hour is not null && !_touched.Contains(hour))
                    _touched.Add(hour);
                // The batch's series numbers in the current hour; -1: not looked up yet.
                _numbers.AsSpan(0, batch.SeriesCount).Fill(-1);
            }
            if (hour is null)
                continue;
            ref var number = ref _numbers[sample.Series];
            if (number < 0)
                number = hour.Series(batch.Key(sample.Series), batch.KeyHash(sample.Series), batch.Kind(sample.Series), batch.Unit(sample.Series));
            hour.Add(number, sample.TimestampUnixNanos, sample.Value);
            taken++;
        }
        foreach (var touched in _touched)
            touched.Publish(arrivalUnixNanos);
        return taken * MetricOpenHour.SampleBytes;
    }

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
