using System.Globalization;
using Snappier;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Bench;

/// <summary>A steady load of all signals on a running engine at its default addresses: 10,000 log lines a second, 100,000 active series every 15
/// seconds, traces that end and traces that never do. Prints what was taken and what the engine's process holds.</summary>
internal static class SoakBenchmark
{
    private const int LinesInRequest = 1_000, Series = 100_000, SeriesInRequest = 2_000, EndlessTraces = 1_000;
    private static readonly TimeSpan s_scrape = TimeSpan.FromSeconds(15);
    private static readonly HttpClient s_http = new();
    private static readonly Random s_random = new(1);
    private static long s_lines, s_samples, s_spans, s_refused;

    /// <param name="pid">The engine's process.</param>
    /// <param name="duration">How long.</param>
    public static async Task RunAsync(int pid, TimeSpan duration)
    {
        using var end = new CancellationTokenSource(duration);
        var load = Task.WhenAll(
            EveryAsync(TimeSpan.FromMilliseconds(100), SendLogsAsync, end.Token),
            EveryAsync(s_scrape / (Series / SeriesInRequest), SendSamplesAsync, end.Token),
            EveryAsync(TimeSpan.FromMilliseconds(200), SendSpansAsync, end.Token));
        var started = TimeProvider.System.GetTimestamp();
        Console.WriteLine("second  lines  samples  spans  refused requests  RSS MB  peak MB");
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(10));
        while (!load.IsCompleted && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            var second = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
            Console.WriteLine($"{second:F0}  {s_lines}  {s_samples}  {s_spans}  {s_refused}  {Memory(pid, "VmRSS")}  {Memory(pid, "VmHWM")}");
        }
        await load;
    }

    private static async Task EveryAsync(TimeSpan interval, Func<int, Task> send, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval);
        for (var i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            await send(i);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static async Task SendLogsAsync(int turn)
    {
        var now = Now();
        var streams = Enumerable.Range(0, 20).Select(stream => new PushBodies.Stream(
            $$"""{service="service-{{stream}}", node="brick-{{stream % 5}}", level="{{(stream == 0 ? "error" : "info")}}"}""",
            [.. Enumerable.Range(0, LinesInRequest / 20).Select(line => new PushBodies.Entry(now + line, Line(turn, line)))]));
        s_lines += await PostAsync("http://127.0.0.1:7080/loki/api/v1/push", Snappy.CompressToArray(PushBodies.LokiPush([.. streams])), LinesInRequest);
    }

    private static async Task SendSamplesAsync(int turn)
    {
        var first = turn % (Series / SeriesInRequest) * SeriesInRequest;
        var now = Now() / 1_000_000;
        var series = Enumerable.Range(first, SeriesInRequest).Select(number => new PushBodies.Series(
            [
                ("__name__", $"metric_{number % 500}"), ("instance", $"host-{number / 500}.example.org:9100"), ("job", "node"), ("region", "eu-west"),
                ("device", $"device-{number % 7}"), ("mode", "idle"),
            ],
            [(Math.Round(s_random.NextDouble() * 100, 2), now)]));
        s_samples += await PostAsync("http://127.0.0.1:7080/api/v1/write", Snappy.CompressToArray(PushBodies.RemoteWrite(series)), SeriesInRequest);
    }

    private static async Task SendSpansAsync(int turn)
    {
        // A fifth of a second: 100 traces of 5 spans, and a span for 40 of the traces that never end, so that each gets one every 5 seconds.
        var now = Now();
        var spans = Enumerable.Range(0, 500).Select(i => Span((ulong)((turn * 100) + (i / 5)) + EndlessTraces, (ulong)i, now))
            .Concat(Enumerable.Range(turn % 25 * 40, 40).Select(trace => Span((ulong)trace + 1, (ulong)turn + 1, now))).ToList();
        OtlpAttribute[] resource = [new("service.name", "portal"), new("host.name", "brick-01")];
        var body = OtlpWriter.Protobuf(w => w.Traces([new OtlpGroup<OtlpSpan>(resource, spans)]));
        s_spans += await PostAsync("http://127.0.0.1:4318/v1/traces", body, spans.Count);
    }

    private static OtlpSpan Span(ulong trace, ulong span, long now)
    {
        var (traceId, spanId) = (new byte[16], new byte[8]);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(traceId.AsSpan(8), trace);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(spanId, span + 1);
        return new OtlpSpan
        {
            TraceId = traceId, SpanId = spanId, ParentSpanId = [], Name = $"operation-{span % 20}", Start = (ulong)now, End = (ulong)now + 1_000_000,
            Attributes = [new("http.method", "POST"), new("http.url", $"/treasury/settle/{trace}"), new("http.status_code", 200L)],
        };
    }

    private static string Line(int turn, int line) =>
        $$"""{"msg":"anchor cycle {{turn}} completed","request_id":"{{Guid.NewGuid()}}","duration_ms":{{line}},"backend":"bitcoin","peer":"10.0.{{line % 255}}.{{turn % 255}}","path":"/v1/anchors/{{turn * 31 % 9973}}"}""";

    private static long Now() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    private static async Task<int> PostAsync(string url, byte[] body, int items)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", "application/x-protobuf");
        using var response = await s_http.PostAsync(url, content);
        if (response.IsSuccessStatusCode)
            return items;
        Interlocked.Increment(ref s_refused);
        return 0;
    }

    private static long Memory(int pid, string what)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith(what, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
