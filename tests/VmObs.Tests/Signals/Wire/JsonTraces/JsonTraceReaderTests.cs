using VmObs.Signals.Ports;
using VmObs.Tests.Support;

namespace VmObs.Tests.Signals.Wire.JsonTraces;

public sealed class JsonTraceReaderTests
{
    [Fact]
    public void Spec_document_becomes_a_record_a_span()
    {
        var lines = Wiring.Traces(JsonBodies.SpecTrace, WireFormat.JsonTraces).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.EndsWith(
            " 0000000000000000 1765031400000000000 1765031402340000000 Unspecified Unset 0 | http_request | portal | portal-01 |  |  | "
            + """{"http.method":"POST","http.url":"/treasury/settle","http.status_code":200} |  |  |  | """
            + """{"name":"vm-obs/native","trace_id":"trace-abc123...","span_id":"span-001","trace":{"name":"treasury_settlement","start_time":"2025-12-06T14:30:00.000Z","end_time":"2025-12-06T14:30:02.345Z","duration_ms":2345,"status":"ok","tags":["treasury","settlement","anchor"]}}""",
            lines[0], StringComparison.Ordinal);
        Assert.EndsWith("""{"name":"vm-obs/native","trace_id":"trace-abc123...","span_id":"span-002","parent_span_id":"span-001"}""", lines[1], StringComparison.Ordinal);
        Assert.Single(lines.Select(static line => line[..32]).Distinct());
        Assert.Equal(lines[0].Split(' ')[1], lines[1].Split(' ')[2]);
    }

    [Fact]
    public void Ids_of_W3C_are_their_bytes_behind_any_prefix()
    {
        const string Trace = """{"trace_id":"trace-0af7651916cd43dd8448eb211c80319c","spans":[{"span_id":"span-b7ad6b7169203331","parent_span_id":"00f067aa0ba902b7","start_time":1,"end_time":2,"kind":"server","status":"error"}]}""";
        Assert.StartsWith(
            "0af7651916cd43dd8448eb211c80319c b7ad6b7169203331 00f067aa0ba902b7 1000000000 2000000000 Server Error 0 |  | unknown_service | unknown |",
            Wiring.Traces(JsonBodies.Utf8(Trace), WireFormat.JsonTraces), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"spans":[{"span_id":"a","start_time":1}]}""", "invalid_trace_id=1: line 1: trace_id: got \"\", want a text of 1 to 256 bytes")]
    [InlineData("""{"trace_id":"t"}""", "malformed_record=1: line 1: spans: expected an array, found \"nothing\"")]
    [InlineData("""{"trace_id":"t","spans":[]}""", "malformed_record=1: line 1: spans: expected at least one, found none")]
    [InlineData("""{"trace_id":"t","spans":[1]}""", "malformed_record=1: line 1: spans: expected an object, found \"1\"")]
    [InlineData("""{"trace_id":"t","spans":[{"start_time":1}]}""", "invalid_span_id=1: line 1: span_id: got \"\", want a text of 1 to 256 bytes")]
    [InlineData("""{"trace_id":"t","spans":[{"span_id":"a"}]}""", "missing_timestamp=1: line 1: span \"a\": got no start_time, want one")]
    [InlineData("""{"trace_id":"t","spans":[{"span_id":"a","start_time":1,"duration_ms":-1}]}""", "end_before_start=1: line 1: span \"a\": got an end before \"1\", want one not before")]
    [InlineData("""{"trace_id":"t","spans":[{"span_id":"a","start_time":1,"duration_ms":"x"}]}""", "invalid_timestamp=1: line 1: span \"a\": got start_time \"1\", duration_ms \"\"x\"\", want RFC 3339 or a Unix time in s, ms, us or ns, and milliseconds")]
    [InlineData("""{"trace_id":"t","spans":[{"span_id":"a","start_time":4000000000}]}""", "too_far_ahead=1: line 1: span \"a\": got end 2096-10-02T07:06:40.000Z, want at most 2025-12-06T14:40:15.123Z")]
    [InlineData("[]x", null)]
    public void Bad_document_or_span_is_refused(string json, string? refusal) => Assert.Equal(
        refusal is null ? "line 1: at byte 2 expected the end of the body after the array, found more" : $"refused {refusal}\n",
        Wiring.Traces(JsonBodies.Utf8(json), WireFormat.JsonTraces));
}
