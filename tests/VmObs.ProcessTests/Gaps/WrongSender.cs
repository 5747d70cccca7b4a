using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Snappier;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.ProcessTests.Gaps;

/// <summary>Sends by every protocol what an engine refuses, beside what it takes.</summary>
internal sealed class WrongSender : IDisposable
{
    private const string LogsService = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";

    // Field 1, five bytes announced, one there.
    private static readonly byte[] s_malformed = [0x0A, 0x05, 0x00];
    private static readonly OtlpAttribute[] s_resource = OtlpSender.Resource("gap-service", "gap-node");

    private readonly HttpClient _http = new();

    /// <summary>A body that cannot be read, once a protocol.</summary>
    public async Task SendMalformedAsync(EngineProcess engine)
    {
        await PostAsync(new Uri(engine.OtlpHttp, OtlpSender.LogsPath), s_malformed, HttpStatusCode.BadRequest);
        await CallAsync(engine, s_malformed, "3");
        await PostAsync(new Uri(engine.Url, "/api/v1/write"), s_malformed, HttpStatusCode.BadRequest);
        await PostAsync(new Uri(engine.Url, "/loki/api/v1/push"), Snappy.CompressToArray(s_malformed), HttpStatusCode.BadRequest);
    }

    /// <summary>Records of an hour from now, once a protocol: two by OTLP, one by the others, each beside a good one.</summary>
    public async Task SendTooFarAheadAsync(EngineProcess engine)
    {
        var (now, ahead) = (TestTime.Now(), TestTime.Now() + TestTime.Hour);
        var logs = OtlpWriter.Protobuf(writer => writer.Logs(new OtlpGroup<OtlpLog>(s_resource, [Log("good", now), Log("ahead", ahead), Log("ahead", ahead)])));
        await PostAsync(new Uri(engine.OtlpHttp, OtlpSender.LogsPath), logs, HttpStatusCode.OK);
        await CallAsync(engine, logs, "0");
        var samples = PushBodies.RemoteWrite([new([("__name__", "gap_metric")], [(1, (long)(now / 1_000_000)), (2, (long)(ahead / 1_000_000))])]);
        await PostAsync(new Uri(engine.Url, "/api/v1/write"), Snappy.CompressToArray(samples), HttpStatusCode.BadRequest);
        var lines = PushBodies.LokiPush(new PushBodies.Stream("{service_name=\"gap-service\"}", new PushBodies.Entry((long)now, "good"), new PushBodies.Entry((long)ahead, "ahead")));
        await PostAsync(new Uri(engine.Url, "/loki/api/v1/push"), Snappy.CompressToArray(lines), HttpStatusCode.BadRequest);
    }

    /// <summary>Good log records of a time.</summary>
    public Task SendLogsAsync(EngineProcess engine, string message, ulong time, int records = 1) => PostAsync(
        new Uri(engine.OtlpHttp, OtlpSender.LogsPath),
        OtlpWriter.Protobuf(writer => writer.Logs(new OtlpGroup<OtlpLog>(s_resource, [.. Enumerable.Range(0, records).Select(_ => Log(message, time))]))), HttpStatusCode.OK);

    public void Dispose() => _http.Dispose();

    private static OtlpLog Log(string message, ulong time) => new() { Time = time, Body = message, SeverityNumber = 9 };

    private async Task PostAsync(Uri url, byte[] body, HttpStatusCode expected)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-protobuf");
        using var response = await _http.PostAsync(url, content);
        Assert.True(response.StatusCode == expected, $"{url}: got {response.StatusCode} {await response.Content.ReadAsStringAsync()}, want {expected}");
    }

    private async Task CallAsync(EngineProcess engine, byte[] message, string expected)
    {
        var frame = new byte[5 + message.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame, 5);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(engine.OtlpGrpc, LogsService))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(frame),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var response = await _http.SendAsync(request);
        await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(expected, response.TrailingHeaders.GetValues("grpc-status").Single());
    }
}
