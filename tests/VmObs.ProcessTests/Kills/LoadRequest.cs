using VmObs.ProcessTests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.ProcessTests.Kills;

/// <summary>What a sender learned about a request.</summary>
internal enum Outcome
{
    Unanswered,
    Acknowledged,
    Refused,
}

/// <summary>One request of the load, whose records can be told from all others: their names hold the request's number and their own.</summary>
/// <param name="Number">Unique.</param>
/// <param name="Path">Which signal: one of OtlpSender's paths.</param>
/// <param name="IsCurrent">In the hour that runs, instead of a past one.</param>
/// <param name="HourUnixNanos">Where its records begin.</param>
internal sealed record LoadRequest(int Number, string Path, bool IsCurrent, ulong HourUnixNanos)
{
    public const string PastService = "load";
    public const string CurrentService = "load-now";
    public const string MetricPrefix = "load_metric_";
    private const ulong Step = 10_000_000;

    public Outcome Outcome { get; set; }

    public int Records => Path switch { OtlpSender.LogsPath => 20, OtlpSender.MetricsPath => 10, _ => 4 };

    public string Service => IsCurrent ? CurrentService : PastService;

    /// <summary>The id of the trace that a trace request carries.</summary>
    public string TraceId => $"{Number + 1:x32}";

    /// <summary>The name that a record is found by.</summary>
    public string Name(int record) => Path == OtlpSender.MetricsPath ? $"{MetricPrefix}{Number}" : $"{Number} {record}";

    public byte[] Body() => OtlpWriter.Protobuf(writer =>
    {
        var resource = OtlpSender.Resource(Service, "brick-01");
        var records = Enumerable.Range(0, Records);
        switch (Path)
        {
            case OtlpSender.LogsPath:
                writer.Logs(new OtlpGroup<OtlpLog>(resource, [.. records.Select(i => new OtlpLog { Time = Time(i), SeverityNumber = 9, Body = Name(i) })]));
                break;
            case OtlpSender.MetricsPath:
                var points = records.Select(i => new OtlpPoint(Time(i), (double)i)).ToList();
                writer.Metrics(new OtlpGroup<OtlpMetric>(resource, [new OtlpMetric(Name(0), OtlpMetricType.Gauge, points)]));
                break;
            default:
                writer.Traces(new OtlpGroup<OtlpSpan>(resource, [.. records.Select(Span)]));
                break;
        }
    });

    private OtlpSpan Span(int record) => new()
    {
        TraceId = Convert.FromHexString(TraceId),
        SpanId = [0, 0, 0, 0, 0, 0, 0, (byte)(record + 1)],
        ParentSpanId = record == 0 ? [] : [0, 0, 0, 0, 0, 0, 0, 1],
        Name = Name(record),
        Start = Time(record),
        End = Time(record) + Step,
    };

    private ulong Time(int record) => HourUnixNanos + ((ulong)Number * 1000) + ((ulong)record * Step);
}
