using System.IO.Compression;
using Snappier;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire;

public sealed class ContentCodingTests
{
    private static readonly byte[] Body = OtlpWriter.Protobuf(writer => writer.Logs(
        new OtlpGroup<OtlpLog>([new("service.name", "guardian")], [new OtlpLog { Body = "one" }, new OtlpLog { Body = "two" }])));

    public static TheoryData<ContentCoding> Codings => new(ContentCoding.Gzip, ContentCoding.Deflate, ContentCoding.Zstd);

    [Theory]
    [MemberData(nameof(Codings))]
    public void Coding_is_undone(ContentCoding coding) => Assert.Equal(Wiring.Logs(Body), Wiring.Logs(Coded.Body(Body, coding), coding: coding));

    [Theory]
    [MemberData(nameof(Codings))]
    public void Body_cut_anywhere_is_an_error(ContentCoding coding)
    {
        var coded = Coded.Body(Body, coding);
        for (var length = 0; length < coded.Length; length++)
            Assert.StartsWith("body: at byte ", Wiring.Logs(coded[..length], coding: coding), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Body_with_a_changed_byte_is_an_error_or_the_same(ContentCoding coding)
    {
        var whole = Wiring.Logs(Body);
        var coded = Coded.Body(Body, coding);
        for (var at = 0; at < coded.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var changed = coded.ToArray();
                changed[at] ^= (byte)(1 << bit);
                var text = Wiring.Logs(changed, coding: coding);
                Assert.True(text == whole || text.StartsWith("body: at byte ", StringComparison.Ordinal), $"byte {at}, bit {bit}: {text}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Bomb_is_an_error_at_the_limit(ContentCoding coding) => Assert.Equal(
        "body: at byte 0 expected at most 1000 bytes when decompressed, found more",
        Wiring.Logs(Coded.Body(new byte[10_000_000], coding), rules: new IngestRules { MaxDecodedBytes = 1000 }, coding: coding));

    [Fact]
    public void Zstd_frame_that_wants_a_window_over_8_MiB_is_an_error()
    {
        // Magic, no single segment and no checksum, window descriptor 2^27, an empty last block.
        byte[] frame = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 17 << 3, 0x01, 0x00, 0x00];
        Assert.StartsWith("body: at byte 0 expected whole zstd frames with windows of at most 8 MiB", Wiring.Logs(frame, coding: ContentCoding.Zstd), StringComparison.Ordinal);
        frame[5] = 13 << 3;
        Assert.Equal("", Wiring.Logs(frame, coding: ContentCoding.Zstd));
    }

    [Theory]
    [MemberData(nameof(Codings))]
    public void Other_coding_stands_in_the_place_of_a_snappy_block(ContentCoding coding)
    {
        var plain = PushBodies.RemoteWrite([new([("__name__", "up"), ("job", "node")], [(1, 1)])]);
        Assert.Equal(
            Wiring.Metrics(Snappy.CompressToArray(plain), WireFormat.RemoteWrite1), Wiring.Metrics(Coded.Body(plain, coding), WireFormat.RemoteWrite1, coding: coding));
    }
}
