using System.Net.Http.Headers;
using Snappier;
using VmObs.Ledger.Checkpoints;
using VmObs.Signals.Traces;
using VmObs.Tests.Signals.Wire.Jaeger;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Ingest;

public sealed class ReceiptHeaderTests
{
    private static readonly long At = (long)Samples.At(10);

    [Fact]
    public async Task Every_protocol_answers_with_the_place_in_the_journal()
    {
        await using var front = await EngineFront.StartAsync();
        var logs = OtlpWriter.Protobuf(w => w.Logs(Samples.Log(10, "one")));
        var loki = PushBodies.LokiPush(new PushBodies.Stream("{service_name=\"guardian\"}", new PushBodies.Entry(At, "hello")));
        var samples = PushBodies.RemoteWrite([new([("__name__", "up"), ("job", "guardian")], [(1.5, At / 1_000_000)])]);
        var samples2 = RemoteWrite2Bodies.Write([new([("__name__", "up"), ("job", "guardian")], [(1.5, At / 1_000_000)], BadHistograms: 1)]);
        var thrift = new ThriftBody()
            .Struct(1, static process => process.Text(1, "db"))
            .Structs(2, static span => span.I64(1, 1).I64(2, 2).I64(3, 7).I64(4, 0).Text(5, "query").I64(8, 1_765_031_415_001_000).I64(9, 500))
            .Stop();
        (HttpClient To, string Path, byte[] Body, string Type, string? Coding)[] requests =
        [
            (front.Otlp, "/v1/logs", logs, "application/x-protobuf", null),
            (front.Otlp, "/v1/metrics", OtlpWriter.Protobuf(w => w.Metrics(Samples.Gauge("cpu_percent", (1, 2.5)))), "application/x-protobuf", null),
            (front.Otlp, "/v1/traces", OtlpWriter.Protobuf(w => w.Traces(Samples.Span(new TraceId(1, 2), 1, 0, 5, 1))), "application/x-protobuf", null),
            (front.Main, "/loki/api/v1/push", Snappy.CompressToArray(loki), "application/x-protobuf", "snappy"),
            (front.Main, "/api/v1/write", Snappy.CompressToArray(samples), "application/x-protobuf", "snappy"),
            // Answered with 400 for the histogram, though the sample is stored.
            (front.Main, "/api/v1/write", Snappy.CompressToArray(samples2), "application/x-protobuf;proto=io.prometheus.write.v2.Request", "snappy"),
            (front.Main, "/obs/ingest/logs", JsonBodies.SpecLog, "application/json", null),
            (front.Main, "/_bulk", JsonBodies.Bulk, "application/x-ndjson", null),
            (front.Main, "/api/traces?format=jaeger.thrift", thrift.ToArray(), "application/x-thrift", null),
        ];
        for (var i = 0; i < requests.Length; i++)
        {
            using var response = await PostAsync(requests[i].To, requests[i].Path, requests[i].Body, requests[i].Type, requests[i].Coding);
            var text = Assert.Single(response.Headers.GetValues("VM-Obs-Receipt"));
            Assert.True(IngestReceipt.TryParse(text, out var receipt), text);
            Assert.Equal((i + 1L, front.Engine.Store.Journal.Chain), (receipt.Position, receipt.Chain));
        }
        using var call = new HttpRequestMessage(HttpMethod.Post, front.GrpcUrl + "/opentelemetry.proto.collector.logs.v1.LogsService/Export")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, (byte)(logs.Length >> 8), (byte)logs.Length, .. logs]),
        };
        call.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        using var answer = await front.Main.SendAsync(call, TestContext.Current.CancellationToken);
        Assert.Equal(new IngestReceipt(requests.Length + 1, front.Engine.Store.Journal.Chain).ToString(), Assert.Single(answer.Headers.GetValues("vm-obs-receipt")));
    }

    [Fact]
    public async Task What_is_not_in_the_journal_has_no_receipt()
    {
        await using var front = await EngineFront.StartAsync();
        foreach (var body in new[] { OtlpWriter.Protobuf(w => w.Logs()), OtlpWriter.Protobuf(w => w.Logs(Samples.Log(10_000, "too far ahead"))), "nonsense"u8.ToArray() })
        {
            using var response = await PostAsync(front.Otlp, "/v1/logs", body, "application/x-protobuf", null);
            Assert.False(response.Headers.Contains("VM-Obs-Receipt"));
        }
        Assert.Equal(0, front.Engine.Store.Journal.Position);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, byte[] body, string type, string? coding)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        if (coding is not null)
            content.Headers.ContentEncoding.Add(coding);
        return await client.PostAsync(path, content, TestContext.Current.CancellationToken);
    }
}
