using VmObs.ProcessTests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.ProcessTests.House;

/// <summary>What the house sends for the hour 2025-12-06 13:00–14:00.</summary>
internal static class HouseTelemetry
{
    public const int Lines = 5000;
    public const int SamplesAMetric = 200;
    public const int Spans = 3;
    public const string RareMessage = "anchor failed: block 871204 was reorganised";
    public const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const int LinesARequest = 500;

    /// <summary>Level by line, as severity numbers of OTLP.</summary>
    private static int Severity(int line) => line switch
    {
        _ when line % 1000 == 999 => 21,
        _ when line % 100 == 0 => 17,
        _ when line % 10 == 0 => 13,
        _ when line % 10 == 5 => 5,
        _ => 9,
    };

    /// <summary>Lines by level as the receipt counts them.</summary>
    public static IReadOnlyDictionary<string, int> CountsByLevel { get; } = new Dictionary<string, int>
    {
        ["trace"] = 0,
        ["debug"] = Count(5),
        ["info"] = Count(9),
        ["warn"] = Count(13),
        ["error"] = Count(17),
        ["fatal"] = Count(21),
    };

    /// <summary>Messages repeat: what is compared is how often each one is there.</summary>
    public static string Message(int line) => line == 3141 ? RareMessage : $"anchor cycle {line % 700} completed with \"quotes\", a\ttab and größe {line % 3}";

    public static string Service(int line) => line % 4 == 0 ? "treasury" : "guardian";

    /// <summary>Sends everything; each request is acknowledged when this returns.</summary>
    public static async Task SendAsync(OtlpSender sender, Uri server)
    {
        for (var first = 0; first < Lines; first += LinesARequest)
            await SendLogsAsync(sender, server, first);
        await sender.SendAsync(server, OtlpSender.MetricsPath, writer => writer.Metrics(new OtlpGroup<OtlpMetric>(
            OtlpSender.Resource("guardian", "brick-01"),
            [
                new OtlpMetric("cpu_percent", OtlpMetricType.Gauge, Points(i => 20.0 + (i % 60))) { Unit = "%" },
                new OtlpMetric("receipts_emitted_total", OtlpMetricType.Sum, Points(i => (long)i * 3)) { Monotonic = true },
            ])));
        await sender.SendAsync(server, OtlpSender.TracesPath, writer => writer.Traces(
            new OtlpGroup<OtlpSpan>(OtlpSender.Resource("portal", "portal-01"), [Span(1, 0, "http_request", 0, 2340)]),
            new OtlpGroup<OtlpSpan>(
                OtlpSender.Resource("treasury", "brick-01"), [Span(2, 1, "validate_settlement", 100, 150), Span(3, 1, "settle", 300, 2000)])));
    }

    // Protobuf and JSON in turn, some compressed: what is stored does not depend on how it came.
    private static async Task SendLogsAsync(OtlpSender sender, Uri server, int first)
    {
        var request = first / LinesARequest;
        var body = request % 2 == 0 ? OtlpWriter.Protobuf(Write) : OtlpWriter.Json(Write);
        var type = request % 2 == 0 ? "application/x-protobuf" : "application/json";
        var (status, answer) = await sender.PostAsync(server, OtlpSender.LogsPath, body, type, gzip: request % 3 == 0);
        Assert.True(status == 200 && !answer.Contains("rejected", StringComparison.OrdinalIgnoreCase), $"got {status} {answer}");

        void Write(OtlpWriter writer) => writer.Logs([
            .. from line in Enumerable.Range(first, LinesARequest)
               group line by Service(line) into service
               select new OtlpGroup<OtlpLog>(OtlpSender.Resource(service.Key, "brick-01"), [.. service.Select(Log)])]);
    }

    private static OtlpLog Log(int line) => new()
    {
        Time = TestTime.HouseHour + ((ulong)line * (TestTime.Hour / Lines)),
        SeverityNumber = Severity(line),
        Body = Message(line),
        Attributes = [new("line", (long)line)],
    };

    private static OtlpPoint[] Points(Func<int, object> value) =>
        [.. Enumerable.Range(0, SamplesAMetric).Select(i => new OtlpPoint(TestTime.HouseHour + ((ulong)i * (TestTime.Hour / SamplesAMetric)), value(i)))];

    private static OtlpSpan Span(byte id, byte parent, string name, ulong startMs, ulong durationMs)
    {
        var start = TestTime.HouseHour + (TestTime.Hour / 2) + (startMs * 1_000_000);
        return new OtlpSpan
        {
            TraceId = Convert.FromHexString(TraceId),
            SpanId = [0, 0, 0, 0, 0, 0, 0, id],
            ParentSpanId = parent == 0 ? [] : [0, 0, 0, 0, 0, 0, 0, parent],
            Name = name,
            Kind = 2,
            Start = start,
            End = start + (durationMs * 1_000_000),
        };
    }

    private static int Count(int severity) => Enumerable.Range(0, Lines).Count(line => Severity(line) == severity);
}
