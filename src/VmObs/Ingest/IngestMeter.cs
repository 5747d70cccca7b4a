using System.Diagnostics;
using System.Diagnostics.Metrics;
using VmObs.Receipts.Gaps;
using VmObs.Signals;

namespace VmObs.Ingest;

/// <summary>Counts what is taken and what is not, by reason: in metrics, and for the receipts of gaps.</summary>
internal sealed class IngestMeter
{
    // Why records went into a late batch.
    private const string HourSealed = "hour_sealed";

    private readonly GapAccount _gaps;
    private readonly Counter<long> _records;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _late;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _durations;

    public IngestMeter(Meter meter, GapAccount gaps)
    {
        _gaps = gaps;
        _records = meter.CreateCounter<long>("vmobs_ingest_records_total", null, "Samples, log records and spans that are durable.");
        _refused = meter.CreateCounter<long>("vmobs_ingest_refused_total", null, "Samples, log records and spans that were not taken, by reason.");
        _late = meter.CreateCounter<long>("vmobs_ingest_late_total", null, "Samples, log records and spans that came after their hour was sealed and went into a late batch.");
        _requests = meter.CreateCounter<long>("vmobs_ingest_requests_total", null, "Requests by what became of them.");
        _durations = meter.CreateHistogram<double>("vmobs_ingest_request_duration_seconds", "s", "From the first byte of the body to the answer.");
    }

    /// <summary>A stored request.</summary>
    /// <param name="signal">Its signal.</param>
    /// <param name="source">Who sent it.</param>
    /// <param name="records">Records that are durable.</param>
    /// <param name="late">How many of those went into late batches.</param>
    /// <param name="refusals">Its other records.</param>
    public void Taken(Signal signal, in GapSource source, int records, int late, Refusals refusals)
    {
        var name = new KeyValuePair<string, object?>("signal", Name(signal));
        _records.Add(records, name);
        if (late > 0)
        {
            _late.Add(late, name);
            _gaps.Add(GapKind.Late, signal, HourSealed, source, new GapCount(late, 1));
        }
        if (refusals.Total == 0)
            return;
        foreach (var (reason, count) in refusals.NonZero())
        {
            _refused.Add(count, name, new("reason", reason.Name()));
            _gaps.Add(GapKind.Refused, signal, reason.Name(), source, new GapCount(count, 1));
        }
    }

    /// <summary>A request of which nothing was taken.</summary>
    /// <param name="signal">Its signal.</param>
    /// <param name="source">Who sent it.</param>
    /// <param name="outcome">Why.</param>
    /// <param name="records">Its records; 0 where its body was not read or could not be.</param>
    public void Refused(Signal signal, in GapSource source, IntakeOutcome outcome, int records)
    {
        if (records > 0)
            _refused.Add(records, new("signal", Name(signal)), new KeyValuePair<string, object?>("reason", Name(outcome)));
        _gaps.Add(GapKind.Refused, signal, Name(outcome), source, new GapCount(records, 1));
    }


    /// <summary>A finished request.</summary>
    public void Request(Signal signal, IntakeOutcome outcome, TimeSpan duration)
    {
        var tags = new TagList { { "signal", Name(signal) }, { "outcome", Name(outcome) } };
        _requests.Add(1, tags);
        _durations.Record(duration.TotalSeconds, tags);
    }

    private static string Name(Signal signal) => signal switch { Signal.Metrics => "metrics", Signal.Logs => "logs", _ => "traces" };

    private static string Name(IntakeOutcome outcome) => outcome switch
    {
        IntakeOutcome.Stored => "stored",
        IntakeOutcome.TooLarge => "too_large",
        IntakeOutcome.Malformed => "malformed",
        IntakeOutcome.Busy => "busy",
        IntakeOutcome.OverRate => "over_rate",
        IntakeOutcome.Forbidden => "forbidden",
        IntakeOutcome.Unsupported => "unsupported",
        IntakeOutcome.DiskFailed => "disk",
        IntakeOutcome.Failed => "failed",
        _ => "broken_off",
    };
}
