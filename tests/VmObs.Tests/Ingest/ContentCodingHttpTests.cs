using System.Net;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Ingest;

public sealed class ContentCodingHttpTests
{
    [Theory]
    [InlineData("gzip", ContentCoding.Gzip)]
    [InlineData("zstd", ContentCoding.Zstd)]
    [InlineData("deflate", ContentCoding.Deflate)]
    public async Task Compressed_logs_are_stored_and_a_bomb_is_refused_and_counted(string name, ContentCoding coding)
    {
        await using var front = await EngineFront.StartAsync();
        var body = OtlpWriter.Protobuf(writer => writer.Logs(
            new OtlpGroup<OtlpLog>([new("service.name", "guardian")], [new OtlpLog { Time = Samples.At(10), Body = "one" }])));
        using var stored = await front.PostAsync("/v1/logs", Coded.Body(body, coding), coding: name);
        Assert.Equal(HttpStatusCode.OK, stored.StatusCode);
        Assert.Single(await front.Engine.FindAsync());

        using var bomb = await front.PostAsync("/v1/logs", Coded.Body(new byte[65 * 1024 * 1024], coding), coding: name);
        Assert.Equal(HttpStatusCode.BadRequest, bomb.StatusCode);
        Assert.Contains("when decompressed", await bomb.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(1, front.Count("vmobs_ingest_requests_total{outcome=malformed,signal=logs}"));
        Assert.Single(await front.Engine.FindAsync());
    }
}
