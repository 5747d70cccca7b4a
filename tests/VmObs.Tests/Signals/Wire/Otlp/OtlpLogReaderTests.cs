using VmObs.Signals.Wire;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

public sealed class OtlpLogReaderTests
{
    private const ulong Now = Wiring.Arrival;
    private static readonly OtlpAttribute[] Guardian = [new("service.name", "guardian"), new("host.name", "did:vm:node:brick-01")];

    [Fact]
    public void Record_with_every_field_becomes_the_document_of_the_specification()
    {
        var log = new OtlpLog
        {
            Time = Now,
            Observed = Now + 1_000,
            SeverityNumber = 10,
            SeverityText = "Information",
            Body = "Anchor cycle completed successfully",
            TraceId = Convert.FromHexString("0102030405060708090a0b0c0d0e0f10"),
            SpanId = Convert.FromHexString("0102030405060708"),
            EventName = "anchor.cycle",
            Flags = 1,
            DroppedAttributes = 3,
            Attributes =
            [
                new("cycle_id", "anchor-cycle-2025-12-06-001"),
                new("receipts_anchored", 47L),
                new("scrolls_included", new OtlpArray("treasury", "mesh", "identity")),
                new("code.file.path", "guardian/anchor.go"),
                new("code.line.number", 234L),
            ],
        };
        var group = new OtlpGroup<OtlpLog>(Guardian, [log]) { Scope = new OtlpScope("vm.guardian", "1.2") };

        Assert.Equal(
            """
            {node="brick-01",service="guardian"} 1765031415123000000 Info "level":"info","service":"guardian","node":"did:vm:node:brick-01","message":"Anchor cycle completed successfully","attributes":{"cycle_id":"anchor-cycle-2025-12-06-001","receipts_anchored":47,"scrolls_included":["treasury","mesh","identity"],"code.file.path":"guardian/anchor.go","code.line.number":234},"trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"0102030405060708","caller":"guardian/anchor.go:234","severity_number":10,"severity_text":"Information","observed_timestamp":"2025-12-06T14:30:15.123001Z","event_name":"anchor.cycle","flags":1,"dropped_attributes_count":3,"resource":{"host.name":"did:vm:node:brick-01"},"scope":{"name":"vm.guardian","version":"1.2"}}

            """,
            Decode(group));
    }

    [Fact]
    public void Record_without_anything_takes_its_time_from_the_arrival_and_the_default_names() =>
        Assert.Equal(
            """
            {node="unknown",service="unknown_service"} 1765031415123000000 Info "level":"info","service":"unknown_service","node":"did:vm:node:unknown","message":""}

            """,
            Decode(new OtlpGroup<OtlpLog>([], [new OtlpLog()])));

    [Fact]
    public void Body_that_is_not_text_is_the_message_as_json_and_stands_beside_it()
    {
        var body = new OtlpMap(new("a", 1L), new("b", new OtlpArray(true, null, 1.5, "x\"y")), new("a", 2L));
        Assert.Contains(
            """
            "message":"{\"b\":[true,null,1.5,\"x\\\"y\"],\"a\":2}","body":{"b":[true,null,1.5,"x\"y"],"a":2}}
            """.Trim(),
            Decode(new OtlpGroup<OtlpLog>([], [new OtlpLog { Body = body }])));
    }

    [Fact]
    public void Values_beyond_json_are_strings()
    {
        OtlpAttribute[] attributes =
        [
            new("big", (1L << 53)), new("safe", (1L << 53) - 1), new("small", -(1L << 53)), new("nan", double.NaN), new("up", double.PositiveInfinity),
            new("down", double.NegativeInfinity), new("bytes", new byte[] { 1, 2, 255 }), new("huge", 1e21), new("tiny", 1e-7), new("large", 1e20), new("none", null),
        ];
        Assert.Contains(
            """
            "attributes":{"big":"9007199254740992","safe":9007199254740991,"small":"-9007199254740992","nan":"NaN","up":"+Inf","down":"-Inf","bytes":"AQL/","huge":1e+21,"tiny":1e-7,"large":100000000000000000000,"none":null}
            """.Trim(),
            Decode(new OtlpGroup<OtlpLog>([], [new OtlpLog { Attributes = attributes }])));
    }

    [Theory]
    [InlineData(0, "", "info", false)]
    [InlineData(0, "WARNING", "warn", true)]
    [InlineData(0, "Critical", "fatal", true)]
    [InlineData(0, "ERROR", "error", false)]
    [InlineData(0, "whatever", "info", true)]
    [InlineData(1, "", "trace", false)]
    [InlineData(4, "", "trace", false)]
    [InlineData(5, "", "debug", false)]
    [InlineData(12, "", "info", false)]
    [InlineData(13, "", "warn", false)]
    [InlineData(20, "", "error", false)]
    [InlineData(21, "", "fatal", false)]
    [InlineData(24, "", "fatal", false)]
    [InlineData(25, "error", "error", false)]
    [InlineData(17, "warn", "error", true)]
    public void Severity_becomes_a_level(int number, string text, string level, bool keepsText)
    {
        var document = Decode(new OtlpGroup<OtlpLog>([], [new OtlpLog { SeverityNumber = number, SeverityText = text }]));
        Assert.Contains($"\"level\":\"{level}\"", document);
        Assert.Equal(keepsText, document.Contains("severity_text"));
    }

    [Fact]
    public void Many_duplicate_keys_leave_the_last_of_each()
    {
        var attributes = Enumerable.Range(0, 100).Select(i => new OtlpAttribute($"k{i % 40}", (long)i)).ToArray();
        var document = Decode(new OtlpGroup<OtlpLog>([], [new OtlpLog { Attributes = attributes }]));
        var expected = string.Join(',', Enumerable.Range(60, 40).Select(i => $"\"k{i % 40}\":{i}"));
        Assert.Contains($"\"attributes\":{{{expected}}}", document);
    }

    [Fact]
    public void Records_outside_the_rules_are_refused_alone_and_named()
    {
        var rules = new IngestRules { MaxRecordBytes = 300 };
        OtlpLog[] logs =
        [
            new() { Time = Now + 600_000_000_000, Body = "just in time" },
            new() { Time = Now + 600_000_000_001 },
            new() { Time = 1UL << 63 },
            new() { Body = new string('x', 400) },
            new() { Body = new OtlpMap(new OtlpAttribute("x", new string('x', 150))) },
        ];
        var text = Decode(rules, new OtlpGroup<OtlpLog>(Guardian, logs));
        Assert.Contains("just in time", text);
        Assert.EndsWith(
            "refused too_far_ahead=1 invalid_timestamp=1 too_large=2: log record of \"guardian\": got time 2025-12-06T14:40:15.123000001Z, want at most 2025-12-06T14:40:15.123Z\n",
            text);
        Assert.Equal(2, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public void Stream_with_too_long_a_name_is_refused()
    {
        var text = Decode(new IngestRules { MaxLabelBytes = 5 }, new OtlpGroup<OtlpLog>(Guardian, [new OtlpLog(), new OtlpLog()]));
        Assert.StartsWith("refused invalid_labels=2: ", text);
    }

    [Fact]
    public void Text_that_is_not_utf8_or_json_is_repaired_and_escaped()
    {
        // resource_logs > scope_logs > log_records > body > string_value: ff, U+00E4, quote, backslash, newline, 01
        byte[] body = [0x0A, 0x0F, 0x12, 0x0D, 0x12, 0x0B, 0x2A, 0x09, 0x0A, 0x07, 0xFF, 0xC3, 0xA4, 0x22, 0x5C, 0x0A, 0x01];
        Assert.Contains("\"message\":\"\uFFFDä\\\"\\\\\\n\\u0001\"", Wiring.Logs(body));
    }

    private static string Decode(params OtlpGroup<OtlpLog>[] groups) => Decode(new IngestRules(), groups);

    private static string Decode(IngestRules rules, params OtlpGroup<OtlpLog>[] groups) =>
        Wiring.Logs(OtlpWriter.Protobuf(writer => writer.Logs(groups)), rules: rules);
}
