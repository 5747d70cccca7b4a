using System.IO.Compression;
using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire;

public sealed class RequestDecoderTests
{
    private static readonly byte[] Body = OtlpWriter.Protobuf(writer => writer.Logs(
        new OtlpGroup<OtlpLog>([new("service.name", "guardian")], [new OtlpLog { Body = "one" }, new OtlpLog { Body = "two" }])));

    [Fact]
    public void Gzip_is_undone_also_in_several_members()
    {
        var expected = Wiring.Logs(Body);
        Assert.Equal(expected, Wiring.Logs(Gzip(Body), coding: ContentCoding.Gzip));
        Assert.Equal(expected, Wiring.Logs([.. Gzip(Body.AsSpan(0, 7)), .. Gzip([]), .. Gzip(Body.AsSpan(7))], coding: ContentCoding.Gzip));
    }

    [Fact]
    public void Gzip_cut_anywhere_is_an_error_or_ends_between_members()
    {
        var whole = Wiring.Logs([.. Body, .. Body]);
        var first = Wiring.Logs(Body);
        byte[] zipped = [.. Gzip(Body), .. Gzip(Body)];
        var (errors, between) = (0, 0);
        for (var length = 0; length < zipped.Length; length++)
        {
            var text = Wiring.Logs(zipped[..length], coding: ContentCoding.Gzip);
            Assert.NotEqual(whole, text);
            if (text == first)
                between++;
            else if (text.StartsWith("body: at byte ", StringComparison.Ordinal))
                errors++;
            else
                Assert.Fail($"cut after {length} bytes: {text}");
        }
        Assert.Equal((zipped.Length - 1, 1), (errors, between));
    }

    [Fact]
    public void Body_that_grows_beyond_the_limit_is_an_error()
    {
        var rules = new IngestRules { MaxDecodedBytes = 1000 };
        Assert.EndsWith("expected at most 1000 bytes when decompressed, found more", Wiring.Logs(Gzip(new byte[10_000_000]), rules: rules, coding: ContentCoding.Gzip));
        Assert.Equal("body: at byte 1000 expected at most 1000 bytes, found 1001", Wiring.Logs(new byte[1001], rules: rules));
        Assert.Equal(
            "body: at byte 0 expected at most 1000 bytes when decompressed, found 1001",
            Wiring.Metrics(Snappier.Snappy.CompressToArray(new byte[1001]), WireFormat.RemoteWrite1, rules));
        Assert.Equal(
            "body: at byte 0 expected a snappy block that grows at most 32 times, found one of 5 bytes that claims 33554432",
            Wiring.Metrics([0x80, 0x80, 0x80, 0x10, 0x00], WireFormat.RemoteWrite1));
    }

    [Fact]
    public void Same_request_gives_the_same_batch_whatever_the_decoder_read_before()
    {
        var decoder = new RequestDecoder(new IngestRules());
        using var batch = new LogBatch();
        Assert.Null(decoder.TryDecode(Wiring.Request(Signal.Logs, WireFormat.OtlpProtobuf, Body), batch));
        var expected = Wiring.Text(batch);
        foreach (var noise in new byte[][] { Body[..^3], [], [0xFF], OtlpWriter.Protobuf(static writer => writer.Logs(new OtlpGroup<OtlpLog>([], [new OtlpLog { Time = ulong.MaxValue }]))) })
        {
            decoder.TryDecode(Wiring.Request(Signal.Logs, WireFormat.OtlpProtobuf, noise), batch);
            Assert.Null(decoder.TryDecode(Wiring.Request(Signal.Logs, WireFormat.OtlpProtobuf, Body), batch));
            Assert.Equal(expected, Wiring.Text(batch));
        }
    }

    [Fact]
    public void Request_that_cannot_be_read_leaves_the_batch_empty()
    {
        using var batch = new LogBatch();
        Assert.NotNull(new RequestDecoder(new IngestRules()).TryDecode(Wiring.Request(Signal.Logs, WireFormat.OtlpProtobuf, Body[..^1]), batch));
        Assert.Equal((0, 0, 0, 0), (batch.Count, batch.StreamCount, batch.TextBytes, batch.Refusals.Total));
    }

    [Fact]
    public void Batch_stops_growing_at_its_limit()
    {
        var rules = new IngestRules { MaxBatchBytes = 1000 };
        var logs = Enumerable.Repeat(new OtlpLog { Body = "x" }, 100).ToArray();
        var text = Wiring.Logs(OtlpWriter.Protobuf(writer => writer.Logs(new OtlpGroup<OtlpLog>([new("a", new string('x', 200))], logs))), rules: rules);
        Assert.Contains("refused too_large=9", text);
        Assert.InRange(text.Length, 1000, 2000);
    }

    [Fact]
    public void Batch_of_another_signal_is_our_bug()
    {
        using var batch = new MetricBatch();
        var decoder = new RequestDecoder(new IngestRules());
        Assert.StartsWith("BUG: ", Assert.Throws<ArgumentException>(() => decoder.TryDecode(Wiring.Request(Signal.Logs, WireFormat.OtlpProtobuf, []), batch)).Message);
        Assert.StartsWith("BUG: ", Assert.Throws<ArgumentException>(() => decoder.TryDecode(Wiring.Request(Signal.Metrics, WireFormat.LokiProtobuf, []), batch)).Message);
    }

    internal static byte[] Gzip(ReadOnlySpan<byte> body)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
            gzip.Write(body);
        return output.ToArray();
    }
}
