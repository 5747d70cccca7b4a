using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Signals.Wire.JsonLogs;

public sealed class JsonLogReaderTests
{
    [Fact]
    public void Spec_document_keeps_every_field() => Assert.Equal(
        "{node=\"brick-01\",service=\"guardian\"} 1765031415123000000 Info "
        + "\"level\"" + """:"info","service":"guardian","node":"did:vm:node:brick-01","message":"Anchor cycle completed successfully","attributes":{"cycle_id":"anchor-cycle-2025-12-06-001","receipts_anchored":47,"scrolls_included":["treasury","mesh","identity"],"duration_ms":1234,"backend":"bitcoin"},"trace_id":"trace-abc123...","span_id":"span-def456...","caller":"guardian/anchor.go:234"}""" + "\n",
        Logs(JsonBodies.SpecLog));

    [Theory]
    // Fluent Bit, Vector, pino, Serilog's compact form, Filebeat, the journal.
    [InlineData("""{"date":1765031415.5,"log":"GET /","kubernetes":{"container_name":"web","host":"brick-02"}}""", "{node=\"brick-02\",service=\"web\"} 1765031415500000000 Info", "\"message\":\"GET /\"")]
    [InlineData("""{"timestamp":"2025-12-06T14:30:15Z","message":"m","host":"brick-03","severity":"ERROR"}""", "{node=\"brick-03\",service=\"unknown_service\"} 1765031415000000000 Error", "\"message\":\"m\"}")]
    [InlineData("""{"level":50,"time":1765031415123,"pid":1,"hostname":"h","msg":"m"}""", "{node=\"h\",service=\"unknown_service\"} 1765031415123000000 Error", "\"attributes\":{\"pid\":1}")]
    [InlineData("""{"@timestamp":"2025-12-06T14:30:15Z","log":{"level":"warn"},"service":{"name":"s"},"host":{"name":"n"},"message":"m"}""", "{node=\"n\",service=\"s\"} 1765031415000000000 Warn", "\"log\":{\"level\":\"warn\"}")]
    [InlineData("""{"priority":"3","MESSAGE":"m","SYSLOG_IDENTIFIER":"sshd","_HOSTNAME":"n"}""", "{node=\"n\",service=\"sshd\"} 1765031415123000000 Error", "\"message\":\"m\"")]
    [InlineData("""{"__REALTIME_TIMESTAMP":"1765031415123456","PRIORITY":"4","MESSAGE":[104,195,188,27],"_SYSTEMD_UNIT":"a.service"}""", "{node=\"unknown\",service=\"a.service\"} 1765031415123456000 Warn", "\"message\":\"h\u00fc\\u001b\"}")]
    [InlineData("""{"level":"WARNING","message":"m"}""", "{node=\"unknown\",service=\"unknown_service\"} 1765031415123000000 Warn", "\"severity_text\":\"WARNING\"")]
    [InlineData("""{"level":"loud","message":"m"}""", "1765031415123000000 Info", "\"attributes\":{\"level\":\"loud\"}")]
    [InlineData("""{"a":"b"}""", "1765031415123000000 Info", "\"message\":\"{\\\"a\\\":\\\"b\\\"}\",\"attributes\":{\"a\":\"b\"}}")]
    [InlineData("""{"msg":"m","traceId":"0AF7651916CD43DD8448EB211C80319C","spanId":"B7AD6B7169203331"}""", "Info", "\"trace_id\":\"0af7651916cd43dd8448eb211c80319c\",\"span_id\":\"b7ad6b7169203331\"}")]
    [InlineData("""{"msg":"m","a":1,"a":2,"attributes":{"a":0,"b":3}}""", "Info", "\"attributes\":{\"b\":3,\"a\":2}}")]
    [InlineData("""{"msg":"m","log_id":"other"}""", "Info", "\"attributes\":{\"log_id\":\"other\"}")]
    [InlineData("""{"msg":"caf\u00e9 \ud800 \/","n":123456789012345678901234567890}""", "Info", "\"message\":\"café \uFFFD /\",\"attributes\":{\"n\":123456789012345678901234567890}")]
    public void Parts_are_found_where_senders_put_them(string json, string head, string part)
    {
        var text = Logs(JsonBodies.Utf8(json));
        Assert.Contains(head, text, StringComparison.Ordinal);
        Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Array_lines_and_documents_one_after_another_are_the_same()
    {
        var expected = Logs("{\"msg\":\"a\"}\n{\"msg\":\"b\"}\n"u8.ToArray());
        Assert.Equal(2, expected.Count(static c => c == '\n'));
        Assert.Equal(expected, Logs("[{\"msg\":\"a\"},\n{\"msg\":\"b\"}]"u8.ToArray()));
        Assert.Equal(expected, Logs("{\"msg\":\"a\"}{\"msg\":\"b\"}"u8.ToArray()));
        Assert.Equal(expected, Logs("\uFEFF{\n\"msg\": \"a\"\n}\r\n\r\n{\"msg\":\"b\"}"u8.ToArray()));
        Assert.Equal("", Logs([]));
        Assert.Equal("", Logs("[ ]"u8.ToArray()));
    }

    [Theory]
    [InlineData("{\"msg\":\"a\"}\n{\"msg\":b}\n{\"msg\":\"c\"}", "malformed_record=1: line 2: at byte 19 expected a value, found 'b'")]
    [InlineData("{\"msg\":\"a\"}\n{\"x\":[{\n{\"msg\":\"c\"}", "malformed_record=1: line 2: at byte 20 expected a member's name in quotes, found '{'")]
    [InlineData("{\"msg\":\"a\"}\n\"text\"\n{\"msg\":\"c\"}", "malformed_record=1: line 2: at byte 12 expected an object, found \"\"text\"\"")]
    [InlineData("{\"msg\":\"a\"}\n{\"ts\":\"soon\"}\n{\"msg\":\"c\"}", "invalid_timestamp=1: line 2: \"ts\": got \"\"soon\"\", want RFC 3339 or a Unix time in s, ms, us or ns")]
    [InlineData("{\"msg\":\"a\"}\n{\"ts\":1765035015}\n{\"msg\":\"c\"}", "too_far_ahead=1: log record of \"unknown_service\": got time 2025-12-06T15:30:15.000Z, want at most 2025-12-06T14:40:15.123Z")]
    public void Bad_line_is_refused_alone(string json, string refusal)
    {
        var lines = Logs(JsonBodies.Utf8(json)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains("\"message\":\"a\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"message\":\"c\"", lines[1], StringComparison.Ordinal);
        Assert.Equal("refused " + refusal, lines[2]);
    }

    [Theory]
    [InlineData("[{\"msg\":\"a\"},\n{\"msg\":}]", "line 2: at byte 21 expected a value, found '}'")]
    [InlineData("[{\"msg\":\"a\"} {\"msg\":\"b\"}]", "line 1: at byte 13 expected ',' or ']', found another byte")]
    [InlineData("[{\"msg\":\"a\"}", "line 1: at byte 12 expected ',' or ']', found the end")]
    [InlineData("[] 1", "line 1: at byte 3 expected the end of the body after the array, found more")]
    public void Broken_array_is_an_error_of_the_body(string json, string expected) => Assert.Equal(expected, Logs(JsonBodies.Utf8(json)));

    [Fact]
    public void Record_over_the_limit_is_refused_alone()
    {
        var text = Wiring.Logs(JsonBodies.Utf8($"{{\"msg\":\"{new string('x', 2000)}\"}}\n{{\"msg\":\"b\"}}"), WireFormat.JsonLogs, new IngestRules { MaxRecordBytes = 1000 });
        Assert.Contains("\"message\":\"b\"", text, StringComparison.Ordinal);
        Assert.EndsWith("refused too_large=1: line 1: got 2010 bytes, want at most 1000\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_those_of_the_rules()
    {
        var rules = new IngestRules { TimeKeys = ["when"], LevelKeys = ["how"], MessageKeys = ["what"], ServiceKeys = ["who.name"], NodeKeys = ["where"] };
        Assert.Equal(
            "{node=\"n\",service=\"s\"} 1765031415000000000 Error \"level\":\"error\",\"service\":\"s\",\"node\":\"did:vm:node:n\",\"message\":\"m\",\"attributes\":{\"who\":{\"name\":\"s\"},\"time\":1}}\n",
            Wiring.Logs("""{"when":1765031415,"how":"error","what":"m","who":{"name":"s"},"where":"n","time":1}"""u8.ToArray(), WireFormat.JsonLogs, rules));
    }

    [Fact]
    public void Million_bad_lines_cost_a_count_each()
    {
        // Each opens something that the following ones go on with, which is the most that a line can cost.
        var text = Logs(JsonBodies.Utf8(string.Concat(Enumerable.Repeat("{\"a\":[\n", 100_000))));
        Assert.StartsWith("refused malformed_record=100000: line 1: ", text, StringComparison.Ordinal);
    }

    private static string Logs(byte[] body) => Wiring.Logs(body, WireFormat.JsonLogs);
}
