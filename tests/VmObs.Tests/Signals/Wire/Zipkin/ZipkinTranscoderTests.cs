using VmObs.Signals.Ports;
using VmObs.Tests.Support;

namespace VmObs.Tests.Signals.Wire.Zipkin;

public sealed class ZipkinTranscoderTests
{
    private const string Full =
        """
        [{"traceId":"0AF7651916cd43dd8448eb211c80319c","id":"b7ad6b7169203331","parentId":"00f067aa0ba902b7","kind":"SERVER","name":"get \/ü","timestamp":1765031415000000,
          "duration":2500,"debug":true,"localEndpoint":{"serviceName":"web","ipv4":"10.0.0.1","port":80},"remoteEndpoint":{"serviceName":"db","ipv6":"::1","port":0},
          "annotations":[{"timestamp":1765031415001000,"value":"cache miss"},7],"tags":{"host.name":"brick-02","http.method":"GET","error":"no\nway"}}]
        """;

    [Fact]
    public void Every_field_has_its_place() => Assert.Equal(
        "0af7651916cd43dd8448eb211c80319c b7ad6b7169203331 00f067aa0ba902b7 1765031415000000000 1765031415002500000 Server Error 0"
        + " | get /ü | web | brick-02 | no\nway |  | {\"http.method\":\"GET\",\"network.local.address\":\"10.0.0.1\",\"network.local.port\":80,\"peer.service\":\"db\",\"network.peer.address\":\"::1\"}"
        + " | [{\"name\":\"cache miss\",\"timestamp\":\"2025-12-06T14:30:15.001Z\"}] |  | {\"host.name\":\"brick-02\"} | \n",
        Traces(Full));

    [Theory]
    [InlineData("""[{"traceId":"8448eb211c80319c","id":"b7ad6b7169203331","timestamp":1765031415000000,"tags":{"error":"true"}}]""", "00000000000000008448eb211c80319c b7ad6b7169203331 0000000000000000 1765031415000000000 1765031415000000000 Unspecified Error 0 |  | unknown_service | unknown |  |")]
    [InlineData("""[{"traceId":"8448eb211c80319c","id":"b7ad6b7169203331","timestamp":1765031415000000,"kind":"CLIENT","tags":{"otel.status_code":"OK","error":"false"}}]""", "Client Ok")]
    [InlineData("""[{"traceId":"8448eb211c80319c","id":"b7ad6b7169203331","timestamp":"1765031415000000","duration":"1"}]""", "1765031415000000000 1765031415000001000 ")]
    [InlineData("[]", "")]
    public void Spans_may_leave_out_what_they_like(string json, string part) => Assert.Contains(part, Traces(json), StringComparison.Ordinal);

    [Theory]
    [InlineData("""[{"traceId":"x","id":"b7ad6b7169203331","timestamp":1}]""", "refused invalid_trace_id=1")]
    [InlineData("""[{"traceId":"8448eb211c80319c","id":"b7ad","timestamp":1}]""", "refused invalid_span_id=1")]
    [InlineData("""[{"traceId":"8448eb211c80319c","id":"b7ad6b7169203331"}]""", "refused missing_timestamp=1")]
    [InlineData("""[{"traceId":"8448eb211c80319c","id":"b7ad6b7169203331","timestamp":18446744073709551615}]""", "refused missing_timestamp=1")]
    [InlineData("""[{"traceId":"8448eb211c80319c","id":"b7ad6b7169203331","timestamp":1765031415000000,"duration":18446744073709551615}]""", "refused invalid_timestamp=1")]
    public void Span_that_is_none_is_refused_alone(string json, string refusal)
    {
        Assert.StartsWith(refusal, Traces(json), StringComparison.Ordinal);
        Assert.Contains("| web |", Traces(Full[..^1] + "," + json[1..]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "request: at byte 0 expected an array, found '{'")]
    [InlineData("[{},7]", "[1]: at byte 4 expected an object, found '7'")]
    [InlineData("[{\"id\":}]", "[0]: at byte 7 expected a value, found '}'")]
    [InlineData("[] 1", "request: at byte 3 expected the end of the request, found more")]
    public void Malformed_body_says_where(string json, string expected) => Assert.Equal(expected, Traces(json));

    private static string Traces(string json) => Wiring.Traces(JsonBodies.Utf8(json), WireFormat.ZipkinJson);
}
