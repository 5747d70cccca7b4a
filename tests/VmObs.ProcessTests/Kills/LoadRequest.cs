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
/// <param name="Path">Which signal and protocol: one of OtlpSender's paths, or those here.</param>
/// <param name="IsCurrent">In the hour that runs, instead of a past one.</param>
/// <param name="HourUnixNanos">Where its records begin.</param>
internal sealed record LoadRequest(int Number, string Path, bool IsCurrent, ulong HourUnixNanos)
{
    public const string PastService = "load";
    public const string CurrentService = "load-now";
    public const string MetricPrefix = "load_metric_";
    public const string RemoteWritePath = "/api/v1/write";
    public const string LokiPath = "/loki/api/v1/push";
    private const ulong Step = 10_000_000;

    public Outcome Outcome { get; set; }

    public bool IsMetric => Path is OtlpSender.MetricsPath or RemoteWritePath;

    public bool IsTrace => Path == OtlpSender.TracesPath;

    public int Records => IsMetric ? 10 : IsTrace ? 4 : 20;

    public string Service => IsCurrent ? CurrentService : PastService;

    /// <summary>The id of the trace that a trace request carries.</summary>
    public string TraceId => $"{Number + 1:x32}";

    /// <summary>The name that a record is found by.</summary>
    public string Name(int record) => IsMetric ? $"{MetricPrefix}{Number}" : $"{Number} {record}";

    /// <summary>Sends it to where its protocol is taken.</summary>
    public Task<(int Status, string Body)> SendAsync(OtlpSender sender, EngineProcess engine) => Path switch
    {
        RemoteWritePath => sender.PostAsync(engine.Url, Path, Snappy.CompressToArray(RemoteWriteBody())),
        LokiPath => sender.PostAsync(engine.Url, Path, Snappy.CompressToArray(LokiBody())),
        _ => sender.PostAsync(engine.OtlpHttp, Path, OtlpBody()),
    };

    private byte[] RemoteWriteBody() => PushBodies.RemoteWrite(
        [new([("__name__", Name(0)), ("node", "brick-01"), ("service", Service)], [.. Enumerable.Range(0, Records).Select(i => ((double)i, (long)(Time(i) / 1_000_000)))])]);

    private byte[] LokiBody() => PushBodies.LokiPush(
        new PushBodies.Stream($"{{node=\"brick-01\", service_name=\"{Service}\"}}", [.. Enumerable.Range(0, Records).Select(i => new PushBodies.Entry((long)Time(i), Name(i)))]));

    private byte[] OtlpBody() => OtlpWriter.Protobuf(writer =>
    {
        // All of it identifies, so that samples are the load's alone: no target_info.
        OtlpAttribute[] resource = [new("service.name", Service), new("service.instance.id", "brick-01")];
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
