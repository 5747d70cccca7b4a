using Snappier;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Signals.Wire.LokiPush;

public sealed class LokiPushReaderTests
{
    private const long Now = Wiring.Arrival;

    [Fact]
    public void Line_is_the_message_and_its_top_level_members_are_found()
    {
        const string Line = """{"ts":"x","nested":{"level":"fatal","a":["}"]},"level":"error","n":1,"trace_id":"0102030405060708090A0b0c0d0e0f10","span_id":"0102030405060708","msg":"a\nb"}""";
        Assert.Equal(
            """
            {node="n1",service="gateway"} 1765031415123000000 Error "level":"error","service":"gateway","node":"did:vm:node:n1","message":"{\"ts\":\"x\",\"nested\":{\"level\":\"fatal\",\"a\":[\"}\"]},\"level\":\"error\",\"n\":1,\"trace_id\":\"0102030405060708090A0b0c0d0e0f10\",\"span_id\":\"0102030405060708\",\"msg\":\"a\\nb\"}","trace_id":"0102030405060708090a0b0c0d0e0f10","span_id":"0102030405060708"}

            """,
            Decode(new PushBodies.Stream("""{service="gateway", node="n1"}""", new PushBodies.Entry(Now, Line))));
    }

    [Fact]
    public void Labels_and_metadata_are_kept_and_mapped() =>
        Assert.Equal(
            """
            {app="w"eb",detected_level="warn",host="brick-01:80",node="brick-01",service="w"eb"} 1765031415123000001 Warn "level":"warn","service":"w\"eb","node":"did:vm:node:brick-01","message":"plain","attributes":{"trace_id":"not an id","user":"b"},"labels":{"app":"w\"eb","host":"brick-01:80","detected_level":"warn"}}

            """,
            Decode(new PushBodies.Stream(
                """ { app = "w\x22eb" ,host=`brick-01:80`, detected_level="warn"} """,
                new PushBodies.Entry(Now + 1, "plain", ("user", "a"), ("trace_id", "not an id"), ("user", "b")))));

    [Theory]
    [InlineData("", "plain", "info")]
    [InlineData("", "{\"level\":\"warning\"", "warn")]
    [InlineData("", "{\"level\":3,\"severity\":\"ERR\"}", "error")]
    [InlineData("level=\"debug\"", "{\"level\":\"error\"}", "debug")]
    [InlineData("severity=\"critical\"", "", "fatal")]
    [InlineData("level=\"unheard of\"", "{\"level\":\"error\"}", "error")]
    [InlineData("", "[{\"level\":\"error\"}]", "info")]
    [InlineData("", "{\"a\":{\"level\":\"error\"", "info")]
    public void Level_comes_from_the_labels_then_the_line(string labels, string line, string level) =>
        Assert.Contains($"\"level\":\"{level}\",\"service\"", Decode(new PushBodies.Stream($"{{{labels}}}", new PushBodies.Entry(Now, line))));

    [Theory]
    [InlineData("", "'{' in labels like {name=\"value\"}, found the end of the labels")]
    [InlineData("{a}", "'=' in labels like {name=\"value\"}, found byte 0x7d")]
    [InlineData("{a=b}", "a quoted value in labels like {name=\"value\"}, found byte 0x62")]
    [InlineData("{a=\"b}", "a quoted value in labels like {name=\"value\"}, found byte 0x62")]
    [InlineData("{a=\"b\\q\"}", "a quoted value in labels like {name=\"value\"}, found byte 0x5c")]
    [InlineData("{a=\"b\",}", "a label's name in labels like {name=\"value\"}, found byte 0x7d")]
    [InlineData("{a=\"b\"} x", "the end of the labels in labels like {name=\"value\"}, found byte 0x78")]
    public void Labels_that_are_none_are_a_fault(string labels, string expected) =>
        Assert.EndsWith(expected, Decode(new PushBodies.Stream(labels, new PushBodies.Entry(Now, "x"))));

    [Fact]
    public void Entries_outside_the_rules_are_refused_alone()
    {
        var text = Decode(
            new IngestRules { MaxRecordBytes = 300, MaxLabels = 3 },
            new PushBodies.Stream(
                "{app=\"web\"}",
                new PushBodies.Entry(Now + 600_000_000_001, "far"),
                new PushBodies.Entry(-1, "before all"),
                new PushBodies.Entry(Now, new string('x', 301)),
                new PushBodies.Entry(Now, "x", ("long", new string('x', 300))),
                new PushBodies.Entry(Now, "kept")),
            new PushBodies.Stream("{a=\"1\",b=\"2\",c=\"3\"}", new PushBodies.Entry(Now, "crowded")),
            new PushBodies.Stream($"{{a=\"{new string('x', 200)}\"}}", new PushBodies.Entry(Now, "heavy labels")));
        Assert.Contains("\"message\":\"kept\"", text);
        Assert.EndsWith(
            "refused too_far_ahead=1 invalid_timestamp=1 invalid_labels=1 too_large=3: log record of \"web\": got time 2025-12-06T14:40:15.123000001Z, want at most 2025-12-06T14:40:15.123Z\n",
            text);
        Assert.Equal(2, text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static string Decode(params PushBodies.Stream[] streams) => Decode(new IngestRules(), streams);

    private static string Decode(IngestRules rules, params PushBodies.Stream[] streams) =>
        Wiring.Logs(Snappy.CompressToArray(PushBodies.LokiPush(streams)), WireFormat.LokiProtobuf, rules);
}
