using System.Diagnostics;
using System.Diagnostics.Metrics;
using VmObs.Signals;

namespace VmObs.Ingest;

/// <summary>Counts what is taken and what is not, by reason.</summary>
internal sealed class IngestMeter
{
    private readonly Counter<long> _records;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _durations;

    public IngestMeter(Meter meter)
    {
        _records = meter.CreateCounter<long>("vmobs_ingest_records_total", null, "Samples, log records and spans that are durable.");
        _refused = meter.CreateCounter<long>("vmobs_ingest_refused_total", null, "Samples, log records and spans that were not taken, by reason.");
        _requests = meter.CreateCounter<long>("vmobs_ingest_requests_total", null, "Requests by what became of them.");
        _durations = meter.CreateHistogram<double>("vmobs_ingest_request_duration_seconds", "s", "From the first byte of the body to the answer.");
    }

    /// <summary>A stored request.</summary>
    public void Taken(Signal signal, int records, Refusals refusals)
    {
        var name = new KeyValuePair<string, object?>("signal", Name(signal));
        _records.Add(records, name);
        if (refusals.Total == 0)
            return;
        foreach (var (reason, count) in refusals.NonZero())
            _refused.Add(count, name, new("reason", reason.Name()));
    }

    /// <summary>Records of a request of which nothing was taken.</summary>
    public void Refused(Signal signal, string reason, int records) =>
        _refused.Add(records, new("signal", Name(signal)), new KeyValuePair<string, object?>("reason", reason));

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
        IntakeOutcome.DiskFailed => "disk",
        _ => "broken_off",
    };
}
