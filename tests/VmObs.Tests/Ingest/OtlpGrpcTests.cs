using System.Buffers.Binary;
using System.Net;
using System.Text;
using VmObs.Ingest;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Ingest;

public sealed class OtlpGrpcTests
{
    private static readonly byte[] OneLog = OtlpWriter.Protobuf(w => w.Logs(Samples.Log(10, "one")));

    [Fact]
    public async Task A_call_is_stored_and_answered_with_an_empty_message_and_status_0()
    {
        await using var front = await EngineFront.StartAsync();
        var (status, _, body) = await CallAsync(front, Frame(OneLog));
        Assert.Equal("0", status);
        Assert.Equal(new byte[5], body);
        Assert.Single(await front.Engine.FindAsync());
    }

    [Theory]
    [InlineData("gzip", ContentCoding.Gzip)]
    [InlineData("zstd", ContentCoding.Zstd)]
    [InlineData("deflate", ContentCoding.Deflate)]
    public async Task A_compressed_message_is_taken(string encoding, ContentCoding coding)
    {
        await using var front = await EngineFront.StartAsync();
        var (status, _, _) = await CallAsync(front, Frame(Coded.Body(OneLog, coding), compressed: 1), encoding);
        Assert.Equal("0", status);
        Assert.Single(await front.Engine.FindAsync());
    }

    [Fact]
    public async Task Refused_records_are_a_partial_success()
    {
        await using var front = await EngineFront.StartAsync();
        var (status, _, body) = await CallAsync(front, Frame(OtlpWriter.Protobuf(w => w.Logs(Samples.Log(10_000, "ahead")))));
        Assert.Equal("0", status);
        Assert.Equal(body.Length - 5, BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1)));
        Assert.Contains("too_far_ahead", Encoding.UTF8.GetString(body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_by_status_and_message()
    {
        await using var front = await EngineFront.StartAsync(new IngestLimits { MaxBodyBytes = 4096 });
        await ExpectAsync(front, Frame(OneLog[..^3]), "3", "at byte");
        await ExpectAsync(front, Frame(OneLog)[..^3], "3", "as its prefix says");
        await ExpectAsync(front, Frame(OneLog)[..3], "3", "prefix");
        await ExpectAsync(front, [.. Frame(OneLog), 0], "3", "as its prefix says");
        await ExpectAsync(front, Frame(new byte[4097]), "8", "want at most 4096");
        await ExpectAsync(front, Frame(OneLog, compressed: 1), "12", "want gzip, zstd, deflate or identity");
        Assert.Empty(await front.Engine.FindAsync());
    }

    [Fact]
    public async Task A_busy_store_says_when_to_come_back()
    {
        await using var front = await EngineFront.StartAsync(logSink: new BusySink());
        using var response = await SendAsync(front, Frame(OneLog), null);
        Assert.Equal("8", response.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal("50%25 full", response.TrailingHeaders.GetValues("grpc-message").Single());
        var details = response.TrailingHeaders.GetValues("grpc-status-details-bin").Single();
        var status = Convert.FromBase64String(details.PadRight((details.Length + 3) / 4 * 4, '='));
        Assert.Contains("google.rpc.RetryInfo", Encoding.UTF8.GetString(status), StringComparison.Ordinal);
    }

    // Senders try RESOURCE_EXHAUSTED again when it says when to, and only then.
    [Fact]
    public async Task A_message_over_the_limit_is_not_told_to_come_back()
    {
        await using var front = await EngineFront.StartAsync(new IngestLimits { MaxBodyBytes = 100 });
        using var response = await SendAsync(front, Frame(new byte[101]), null);
        Assert.Equal("8", response.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.False(response.TrailingHeaders.Contains("grpc-status-details-bin"));
    }

    [Fact]
    public void Senders_try_again_where_that_may_help() =>
        Assert.Equal(
            [(IntakeOutcome.Stored, 0), (IntakeOutcome.TooLarge, 8), (IntakeOutcome.Malformed, 3), (IntakeOutcome.Unsupported, 12), (IntakeOutcome.Busy, 8), (IntakeOutcome.DiskFailed, 14)],
            new[] { IntakeOutcome.Stored, IntakeOutcome.TooLarge, IntakeOutcome.Malformed, IntakeOutcome.Unsupported, IntakeOutcome.Busy, IntakeOutcome.DiskFailed }
                .Select(outcome => (outcome, GrpcStatus.Of(outcome))));

    private static async Task ExpectAsync(EngineFront front, byte[] body, string status, string message)
    {
        var got = await CallAsync(front, body);
        Assert.Equal(status, got.Status);
        Assert.Contains(message, Uri.UnescapeDataString(got.Message), StringComparison.Ordinal);
    }

    private static async Task<(string Status, string Message, byte[] Body)> CallAsync(EngineFront front, byte[] body, string? encoding = null)
    {
        using var response = await SendAsync(front, body, encoding);
        var trailers = response.TrailingHeaders;
        return (
            trailers.GetValues("grpc-status").Single(),
            trailers.TryGetValues("grpc-message", out var message) ? message.Single() : "",
            await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<HttpResponseMessage> SendAsync(EngineFront front, byte[] body, string? encoding)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, front.GrpcUrl + OtlpGrpcEndpoint.PathOf(Signal.Logs))
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        if (encoding is not null)
            request.Headers.Add("grpc-encoding", encoding);
        var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("application/grpc", response.Content.Headers.ContentType?.ToString());
        return response;
    }

    private static byte[] Frame(byte[] message, byte compressed = 0)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = compressed;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        message.CopyTo(frame.AsSpan(5));
        return frame;
    }

    private sealed class BusySink : ISink<LogBatch>
    {
        public ValueTask<AppendOutcome> AppendAsync(ReceivedRequest request, LogBatch batch, CancellationToken cancellationToken) =>
            new(AppendOutcome.Busy("50% full", 3));
    }
}
