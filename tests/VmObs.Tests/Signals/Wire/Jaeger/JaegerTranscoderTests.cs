using VmObs.Signals.Ports;

namespace VmObs.Tests.Signals.Wire.Jaeger;

public sealed class JaegerTranscoderTests
{
    [Fact]
    public void Every_field_has_its_place() => Assert.Equal(
        "0000000000000001000000000000000f 00000000000000a1 00000000000000a0 1765031415000000000 1765031415002500000 Client Error 1"
        + " | query | db | brick-03 |  |  | {\"db.rows\":7,\"db.load\":0.5,\"db.cached\":true,\"db.statement\":\"select 1\",\"db.blob\":\"AQI=\"}"
        + " | [{\"name\":\"retry\",\"timestamp\":\"2025-12-06T14:30:15.001Z\",\"attributes\":{\"attempt\":\"2\"}}]"
        + " | [{\"trace_id\":\"00000000000000020000000000000003\",\"span_id\":\"0000000000000004\"}] | {\"host.name\":\"brick-03\"} | \n",
        Traces(Batch()));

    [Fact]
    public void First_reference_is_the_parent_where_none_is_named()
    {
        var body = new ThriftBody().Structs(2, static span => span.I64(1, 1).I64(3, 2).I64(8, 1_765_031_415_000_000)
            .Structs(6, static reference => reference.I32(1, 0).I64(2, 1).I64(3, 0).I64(4, 9))).Stop();
        Assert.StartsWith("00000000000000000000000000000001 0000000000000002 0000000000000009 ", Traces(body.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_cut_or_flipped_are_an_error_or_other_spans_but_never_more()
    {
        var body = Batch();
        for (var length = 0; length < body.Length; length++)
            Assert.Contains(": at byte ", Traces(body[..length]), StringComparison.Ordinal);
        var random = new Random(3);
        for (var round = 0; round < 5_000; round++)
        {
            var damaged = body.ToArray();
            damaged[random.Next(body.Length)] ^= (byte)(1 << random.Next(8));
            Assert.InRange(Traces(damaged).Length, 0, 4_000);
        }
    }

    [Fact]
    public void Count_beyond_the_body_is_refused_before_anything_is_made_of_it() => Assert.Equal(
        "Batch: at byte 8 expected a list of structs, found one of 2147483647",
        Traces([15, 0, 2, 12, 0x7F, 0xFF, 0xFF, 0xFF]));

    private static byte[] Batch() => new ThriftBody()
        .Struct(1, static process => process.Text(1, "db").Structs(2, static tag => tag.Text(1, "host.name").I32(2, 0).Text(3, "brick-03")))
        .Structs(2, static span => span
            .I64(1, 15).I64(2, 1).I64(3, 0xA1).I64(4, 0xA0).Text(5, "query")
            .Structs(6, static child => child.I32(1, 0).I64(2, 15).I64(3, 1).I64(4, 0xA0), static follows => follows.I32(1, 1).I64(2, 3).I64(3, 2).I64(4, 4))
            .I32(7, 1).I64(8, 1_765_031_415_000_000).I64(9, 2_500)
            .Structs(10,
                static tag => tag.Text(1, "span.kind").I32(2, 0).Text(3, "client"),
                static tag => tag.Text(1, "error").I32(2, 2).Bool(5, true),
                static tag => tag.Text(1, "db.rows").I32(2, 3).I64(6, 7),
                static tag => tag.Text(1, "db.load").I32(2, 1).Double(4, 0.5),
                static tag => tag.Text(1, "db.cached").I32(2, 2).Bool(5, true),
                static tag => tag.Text(1, "db.statement").I32(2, 0).Text(3, "select 1"),
                static tag => tag.Text(1, "db.blob").I32(2, 4).Text(7, "\u0001\u0002"))
            .Structs(11, static log => log.I64(1, 1_765_031_415_001_000).Structs(2, static field => field.Text(1, "event").I32(2, 0).Text(3, "retry"), static field => field.Text(1, "attempt").I32(2, 0).Text(3, "2")))
            .Unknown(99))
        .I64(3, 1).Unknown(4).Stop().ToArray();

    private static string Traces(byte[] body) => Wiring.Traces(body, WireFormat.JaegerThrift);
}
