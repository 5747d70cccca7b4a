using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Snappier;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Tests.Receipts.Gaps;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Ingest;

/// <summary>On every way in, ten minutes ahead are taken and more is refused, counted under the sender's name.</summary>
public sealed class TooFarAheadTests
{
    // Seconds after 13:00 of what lies ten minutes ahead of a clock that stands at 14:30.
    private const double Latest = 100 * 60;

    public static TheoryData<Signal, string, string> Ways => new()
    {
        { Signal.Logs, "otlp-http", "protobuf" },
        { Signal.Metrics, "otlp-http", "protobuf" },
        { Signal.Traces, "otlp-http", "protobuf" },
        { Signal.Logs, "otlp-http", "json" },
        { Signal.Metrics, "otlp-http", "json" },
        { Signal.Traces, "otlp-http", "json" },
        { Signal.Logs, "otlp-grpc", "protobuf" },
        { Signal.Metrics, "otlp-grpc", "protobuf" },
        { Signal.Traces, "otlp-grpc", "protobuf" },
        { Signal.Metrics, "remote_write", "protobuf" },
        { Signal.Logs, "loki", "protobuf" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Ten_minutes_are_taken_and_more_is_refused_and_receipted(Signal signal, string protocol, string encoding)
    {
        await using var front = await EngineFront.StartAsync();
        await SendAsync(front, signal, protocol, encoding, Latest);
        var name = signal.ToString().ToLowerInvariant();
        Assert.Equal(1, front.Count($"vmobs_ingest_records_total{{signal={name}}}"));
        Assert.Equal(0, front.Count($"vmobs_ingest_refused_total{{reason=too_far_ahead,signal={name}}}"));
        await SendAsync(front, signal, protocol, encoding, Latest + 0.001);
        Assert.Equal(1, front.Count($"vmobs_ingest_records_total{{signal={name}}}"));
        Assert.Equal(1, front.Count($"vmobs_ingest_refused_total{{reason=too_far_ahead,signal={name}}}"));

        await front.Engine.Gaps.ReceiptAllAsync(TestContext.Current.CancellationToken);
        var gap = LedgerLine(front);
        Assert.Equal(1, GapFolder.Records(gap, $"refused.{name}.too_far_ahead"));
        var source = Assert.Single(gap.GetProperty("sources").EnumerateArray());
        Assert.Equal($"{protocol} 127.0.0.1", source.GetProperty("source").GetString());
        Assert.Equal(1, GapFolder.Records(source, $"refused.{name}.too_far_ahead"));
    }

    private static System.Text.Json.JsonElement LedgerLine(EngineFront front) =>
        System.Text.Json.JsonElement.Parse(Assert.Single(front.Engine.Ledger.Find(new ReceiptQuery(0, long.MaxValue) { Types = new HashSet<string> { "obs_gap" } })));

    private static Task SendAsync(EngineFront front, Signal signal, string protocol, string encoding, double seconds) => protocol switch
    {
        "otlp-http" => PostAsync(front.Otlp, $"/v1/{signal.ToString().ToLowerInvariant()}", Otlp(signal, seconds, encoding == "json"), encoding == "json" ? "application/json" : "application/x-protobuf"),
        "otlp-grpc" => CallAsync(front, signal, Otlp(signal, seconds, json: false)),
        "remote_write" => PostAsync(front.Main, "/api/v1/write", Snappy.CompressToArray(PushBodies.RemoteWrite([new([("__name__", "up")], [(1, (long)Samples.At(seconds) / 1_000_000)])])), "application/x-protobuf"),
        _ => PostAsync(front.Main, "/loki/api/v1/push", Snappy.CompressToArray(PushBodies.LokiPush(new PushBodies.Stream("{service_name=\"guardian\"}", new PushBodies.Entry((long)Samples.At(seconds), "x")))), "application/x-protobuf"),
    };

    private static byte[] Otlp(Signal signal, double seconds, bool json)
    {
        Action<OtlpWriter> write = signal switch
        {
            Signal.Logs => w => w.Logs(Samples.Log(seconds, "x")),
            Signal.Metrics => w => w.Metrics(Samples.Gauge("up", (seconds, 1))),
            _ => w => w.Traces(Samples.Span(new TraceId(1, 2), 1, 0, seconds, 0)),
        };
        return json ? OtlpWriter.Json(write) : OtlpWriter.Protobuf(write);
    }

    private static async Task PostAsync(HttpClient client, string path, byte[] body, string type)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var response = await client.PostAsync(path, content, TestContext.Current.CancellationToken);
        Assert.Contains(response.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.NoContent, HttpStatusCode.BadRequest });
    }

    private static async Task CallAsync(EngineFront front, Signal signal, byte[] message)
    {
        using var client = new HttpClient();
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        using var request = new HttpRequestMessage(HttpMethod.Post, front.GrpcUrl + VmObs.Ingest.OtlpGrpcEndpoint.PathOf(signal))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(frame),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
    }
}
