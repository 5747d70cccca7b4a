using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Decoding;
using VmObs.Signals.Labels;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Journal;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>Forms again from the journal what the sealed hours must hold: by the recorded rules, arrivals and decisions, as a restart does.</summary>
/// <remarks>Memory: the series of a segment and the traces that are not decided; nothing grows with the journal. Used once; not thread-safe.</remarks>
internal sealed class JournalReplay(ComparedHours hours, RecordPrints prints, IRecordSink sink) : IDisposable
{
    /// <summary>A trace is decided at the latest 5 minutes after its first span while an engine is at work, at once after a start: twice that.</summary>
    private const long SettledNanos = 2 * TraceDecider.MaxAgeNanos;

    /// <summary>A longer silence may be an engine that was down.</summary>
    private const long LongestGapNanos = 60L * 1_000_000_000;

    // The series are of a decoder of our own, so nobody else writes their memo.
    private const long MemoTable = 1;

    private readonly List<string> _findings = [];
    private readonly LogBatch _logs = new();
    private readonly MetricBatch _samples = new();
    private readonly TraceBatch _spans = new();
    private readonly PooledBuffer _scratch = new();
    private readonly PendingTraces _pending = new();
    private readonly List<UInt128> _series = [];
    private RequestDecoder? _decoder;
    private long _lastArrival;
    private long _active;

    /// <summary>Records that cannot be read although the chain has them.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>From this decision on, all spans of a trace came with records that are kept; the largest number when none is.</summary>
    public long SettledFrom { get; private set; } = long.MaxValue;

    /// <summary>Records that no sealed file covers.</summary>
    public long Open { get; private set; }

    /// <summary>Replays all that is kept.</summary>
    /// <param name="journal">Before its first record.</param>
    /// <param name="passed">Told each position, also the one before the first record, with the chain there.</param>
    public void Run(JournalCursor journal, Action<long, Digest> passed)
    {
        if (journal.KeptFrom == 1)
            SettledFrom = 1;
        passed(journal.End.Position, journal.End.Chain);
        while (journal.MoveNextWhole())
        {
            Settle(journal.Record);
            try
            {
                Take(journal);
            }
            catch (Exception error) when (error is FormatException or ArgumentException)
            {
                Unreadable(journal.Record.Position, error.Message);
            }
            passed(journal.End.Position, journal.End.Chain);
        }
        Open += _pending.All.Sum(static trace => (long)trace.Spans.Count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _logs.Dispose();
        _samples.Dispose();
        _spans.Dispose();
        _scratch.Dispose();
    }

    private void Settle(in JournalRecord record)
    {
        if (SettledFrom != long.MaxValue)
            return;
        if (_lastArrival != 0)
            _active += Math.Clamp(record.ArrivalUnixNanos - _lastArrival, 0, LongestGapNanos);
        _lastArrival = record.ArrivalUnixNanos;
        if (_active >= SettledNanos)
            SettledFrom = record.Position;
    }

    private void Take(JournalCursor journal)
    {
        ref readonly var record = ref journal.Record;
        if (record.Kind != JournalRecordKind.Request)
        {
            Decide(record, journal.Body);
            return;
        }
        if (!ReferenceEquals(_decoder?.Rules, journal.Rules))
        {
            _decoder = new RequestDecoder(journal.Rules);
            _series.Clear();
        }
        var request = record.ToRequest(journal.Body);
        var error = record.Signal switch
        {
            Signal.Logs => _decoder!.TryDecode(request, _logs),
            Signal.Metrics => _decoder!.TryDecode(request, _samples),
            _ => _decoder!.TryDecode(request, _spans),
        };
        if (error is not null)
            Unreadable(record.Position, error.ToString()!);
        else if (record.Signal == Signal.Logs)
            TakeLines(record.Position);
        else if (record.Signal == Signal.Metrics)
            TakeSamples(record.Position);
        else
            TakeSpans(record);
    }

    private void Unreadable(long position, string why) =>
        _findings.Add($"journal: record {position}: found what cannot be read ({why}), expected a request or a decision as an engine takes it");

    private void TakeLines(long position)
    {
        foreach (ref readonly var line in _logs.Records)
        {
            if (hours.Find(Signal.Logs, line.TimestampUnixNanos, position) is not { } hour)
                Open++;
            else if (sink.Wants(hour) && !hour.Gone.Has(line.Level.Retention().Expiry()))
                sink.Take(
                    hour, prints.OfLine(line.TimestampUnixNanos, _logs.Tail(line)), position,
                    new RecordName(Signal.Logs, line.TimestampUnixNanos, LabelKey.ValueOf(_logs.StreamKey(line.Stream), "service"u8)));
        }
    }

    private void TakeSamples(long position)
    {
        var samples = _samples.Samples;
        var detail = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            ref readonly var sample = ref samples[i];
            while (detail < _samples.DetailCount && _samples.DetailAt(detail).Sample < i)
                detail++;
            if (hours.Find(Signal.Metrics, sample.TimestampUnixNanos, position) is not { } hour)
            {
                Open++;
                continue;
            }
            if (!sink.Wants(hour))
                continue;
            var series = _samples.Identity(sample.Series);
            var json = detail < _samples.DetailCount && _samples.DetailAt(detail) is var has && has.Sample == i ? has.Json.Span : default;
            sink.Take(
                hour, prints.OfSample(PrintOf(series), sample.TimestampUnixNanos, sample.Value, json), position,
                new RecordName(Signal.Metrics, sample.TimestampUnixNanos, series.Key.Span));
        }
    }

    private UInt128 PrintOf(InternedSeries series)
    {
        if (series.MemoTable != MemoTable)
        {
            (series.MemoTable, series.MemoNumber) = (MemoTable, _series.Count);
            _series.Add(prints.OfSeries(series.Key.Span));
        }
        return _series[series.MemoNumber];
    }

    private void TakeSpans(in JournalRecord record)
    {
        for (var i = 0; i < _spans.Count; i++)
            _pending.Add(_spans[i], record.Position, record.ArrivalUnixNanos);
    }

    private void Decide(in JournalRecord record, ReadOnlyMemory<byte> body)
    {
        if (record.Kind == JournalRecordKind.SampledDecision)
        {
            var decision = SampledDecision.Read(body);
            for (var i = 0; i < decision.Count; i++)
            {
                var (id, verdict) = decision[i];
                if (verdict == SampledDecision.Kept)
                    Keep(id, record.Position);
                else
                    _pending.Drop(id, decision.Through);
            }
            return;
        }
        for (var rest = body.Span; !rest.IsEmpty; rest = rest[TraceId.Bytes..])
            Keep(TraceId.Read(rest), record.Position);
    }

    private void Keep(TraceId id, long position)
    {
        // Not pending: its spans came before the kept journal, or another decision took them.
        if (_pending.Remove(id) is not { } trace)
            return;
        if (hours.Find(Signal.Traces, trace.EarliestStartUnixNanos, position) is not { } hour)
        {
            Open++;
            return;
        }
        // Some of its spans may have come before: what they are together is not known.
        if (position < SettledFrom || !sink.Wants(hour) || hour.Gone.Has(TraceSummary.Failed(trace.Spans) ? ExpiryClass.TracesError : ExpiryClass.TracesOk))
            return;
        trace.SortSpans();
        Span<byte> name = stackalloc byte[TraceId.Bytes];
        id.Write(name);
        sink.Take(hour, prints.OfTrace(TraceLeaf.Hash(_scratch, id, position, trace.Spans)), position, new RecordName(Signal.Traces, position, name));
    }
}
