using Snappier;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;
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
/// <param name="Path">Which signal in which protocol: one of OtlpSender's paths, <see cref="RemoteWritePath"/> or <see cref="LokiPath"/>.</param>
/// <param name="IsCurrent">In the hour that runs, instead of a past one.</param>
/// <param name="HourUnixNanos">Where its records begin.</param>
internal sealed record LoadRequest(int Number, string Path, bool IsCurrent, ulong HourUnixNanos)
{
    public const string RemoteWritePath = "/api/v1/write";
    public const string LokiPath = "/loki/api/v1/push";
    public const string PastService = "load";
    public const string CurrentService = "load-now";
    public const string MetricPrefix = "load_metric_";
    private const ulong Step = 10_000_000;

    public Outcome Outcome { get; set; }

    public bool IsOtlp => Path is not (RemoteWritePath or LokiPath);

    public bool IsMetrics => Path is OtlpSender.MetricsPath or RemoteWritePath;

    public bool IsTrace => Path == OtlpSender.TracesPath;

    public int Records => IsTrace ? 4 : IsMetrics ? 10 : 20;

    public string Service => IsCurrent ? CurrentService : PastService;

    /// <summary>The id of the trace that a trace request carries.</summary>
    public string TraceId => $"{Number + 1:x32}";

    /// <summary>The name that a record is found by.</summary>
    public string Name(int record) => IsMetrics ? $"{MetricPrefix}{Number}" : $"{Number} {record}";

    public byte[] Body() => Path switch
    {
        RemoteWritePath => Snappy.CompressToArray(PushBodies.RemoteWrite(
            [new PushBodies.Series([("__name__", Name(0)), ("instance", "brick-01:9100"), ("job", Service)], [.. Enumerable.Range(0, Records).Select(i => ((double)i, (long)(Time(i) / 1_000_000)))])])),
        LokiPath => Snappy.CompressToArray(PushBodies.LokiPush(
            new PushBodies.Stream($$"""{service="{{Service}}", node="brick-01"}""", [.. Enumerable.Range(0, Records).Select(i => new PushBodies.Entry((long)Time(i), Name(i)))]))),
        _ => OtlpBody(),
    };

    private byte[] OtlpBody() => OtlpWriter.Protobuf(writer =>
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
