using VmObs.Signals.Wire;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

public sealed class OtlpTraceReaderTests
{
    private const ulong Now = Wiring.Arrival;

    private static readonly OtlpSpan Plain = new()
    {
        TraceId = Convert.FromHexString("0102030405060708090a0b0c0d0e0f10"),
        SpanId = Convert.FromHexString("0102030405060708"),
        Name = "anchor",
        Start = Now - 2_000_000,
        End = Now,
    };

    [Fact]
    public void Span_with_every_field_becomes_its_record()
    {
        var span = Plain with
        {
            ParentSpanId = Convert.FromHexString("1112131415161718"),
            TraceState = "vm=1",
            Kind = 3,
            Flags = 0x101,
            StatusCode = 2,
            StatusMessage = "boom",
            Attributes = [new("txid", "btc:abc"), new("txid", "btc:abc123"), new("tries", 2L)],
            Events = [new(Now - 1_000_000, "retry", [new("n", 1L)]), new(0, "", [])],
            Links = [new(Convert.FromHexString("ff02030405060708090a0b0c0d0e0f10"), Convert.FromHexString("ff02030405060708"), "a=b", [new("why", "batch")])],
        };
        OtlpAttribute[] resource = [new("host.name", "portal-01"), new("vm.node", "brick-01"), new("service.name", "guardian"), new("service.version", "1.4")];
        var group = new OtlpGroup<OtlpSpan>(resource, [span]) { Scope = new OtlpScope("lib") { Attributes = [new("x", true)] } };

        Assert.Equal(
            """
            0102030405060708090a0b0c0d0e0f10 0102030405060708 1112131415161718 1765031415121000000 1765031415123000000 Client Error 257 | anchor | guardian | brick-01 | boom | vm=1 | {"txid":"btc:abc123","tries":2} | [{"name":"retry","timestamp":"2025-12-06T14:30:15.122Z","attributes":{"n":1}},{"name":""}] | [{"trace_id":"ff02030405060708090a0b0c0d0e0f10","span_id":"ff02030405060708","trace_state":"a=b","attributes":{"why":"batch"}}] | {"host.name":"portal-01","vm.node":"brick-01","service.version":"1.4"} | {"name":"lib","attributes":{"x":true}}

            """,
            Decode(group));
    }

    [Fact]
    public void Span_with_only_what_must_stand_leaves_the_rest_empty() =>
        Assert.Equal(
            "0102030405060708090a0b0c0d0e0f10 0102030405060708 0000000000000000 1765031415121000000 1765031415123000000 Unspecified Unset 0 | anchor | unknown_service | unknown |  |  |  |  |  |  | \n",
            Decode(new OtlpGroup<OtlpSpan>([], [Plain])));

    [Fact]
    public void Spans_outside_the_rules_are_refused_alone()
    {
        OtlpSpan[] spans =
        [
            Plain with { TraceId = new byte[16] },
            Plain with { TraceId = new byte[15] },
            Plain with { SpanId = new byte[8] },
            Plain with { SpanId = [1, 2, 3] },
            Plain with { ParentSpanId = [1, 2, 3] },
            Plain with { Start = 0 },
            Plain with { End = 0 },
            Plain with { End = Plain.Start - 1 },
            Plain with { End = Now + 600_000_000_001 },
            Plain with { End = 1UL << 63 },
            Plain with { Attributes = [new("a", new string('x', 900))] },
            Plain with { End = Plain.Start, Name = "kept" },
        ];
        var text = Decode(new IngestRules { MaxRecordBytes = 500 }, new OtlpGroup<OtlpSpan>([new("service.name", "guardian")], spans));
        Assert.Equal(2, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("| kept |", text);
        Assert.EndsWith(
            "refused too_far_ahead=1 missing_timestamp=1 invalid_timestamp=1 end_before_start=2 invalid_trace_id=2 invalid_span_id=3 too_large=1: " +
            "span \"anchor\" of \"guardian\": got a trace id of 16 bytes, want 16, not all zero\n",
            text);
    }

    private static string Decode(params OtlpGroup<OtlpSpan>[] groups) => Decode(new IngestRules(), groups);

    private static string Decode(IngestRules rules, params OtlpGroup<OtlpSpan>[] groups) =>
        Wiring.Traces(OtlpWriter.Protobuf(writer => writer.Traces(groups)), rules: rules);
}
