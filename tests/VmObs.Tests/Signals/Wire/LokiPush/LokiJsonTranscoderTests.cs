using Snappier;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Signals.Wire.LokiPush;

public sealed class LokiJsonTranscoderTests
{
    [Fact]
    public void Json_and_protobuf_mean_the_same()
    {
        var protobuf = PushBodies.LokiPush(new PushBodies.Stream(
            "{a=\"b\",level=\"info\"}", new(Wiring.Arrival, "line one"), new(Wiring.Arrival, "{\"level\":\"error\"}", ("k", "v"))));
        Assert.Equal(Wiring.Logs(Snappy.CompressToArray(protobuf), WireFormat.LokiProtobuf), Wiring.Logs(JsonBodies.LokiPush, WireFormat.LokiJson));
    }

    [Fact]
    public void Values_before_labels_and_unknown_members_are_read()
    {
        var expected = Logs("""{"streams":[{"stream":{"app":"we\"b\n\\"},"values":[["1","x"]]}]}""");
        Assert.Contains("app=\"we\"b\\n\\\"", expected, StringComparison.Ordinal);
        Assert.Equal(expected, Logs("""{"new":[{}],"streams":[{"values":[["1","x",{},"later"]],"else":null,"stream":{"app":"we\"b\u000a\\"}}]}"""));
    }

    [Theory]
    [InlineData("""{"streams":[{"stream":{"a":1},"values":[]}]}""", "streams[0].stream: at byte 27 expected a string, found '1'")]
    [InlineData("""{"streams":[{"stream":{"a b":"c"},"values":[]}]}""", "streams[0].stream: at byte 24 expected a label's name without space, quotes, braces, commas and equal signs, found another")]
    [InlineData("""{"streams":[{"stream":{},"values":[]},{"values":[["1","a"],["x","b"]]}]}""", "streams[1].values[1]: at byte 60 expected a time in Unix ns, found another value")]
    [InlineData("""{"streams":[{"values":[["1.5","a"]]}]}""", "streams[0].values[0]: at byte 24 expected a time in Unix ns, found another value")]
    [InlineData("""{"streams":[{"values":[["1"]]}]}""", "streams[0].values[0]: at byte 23 expected a time and a line, found a time alone")]
    [InlineData("""{"streams":[{"values":[["1",{}]]}]}""", "streams[0].values[0]: at byte 28 expected a string, found '{'")]
    [InlineData("""{"streams":[{"values":[["1","a",{"k":2}]]}]}""", "streams[0].values[0]: at byte 37 expected a string, found '2'")]
    [InlineData("""{"streams":{}}""", "request: at byte 11 expected an array, found '{'")]
    [InlineData("""[]""", "request: at byte 0 expected an object, found '['")]
    [InlineData("""{"streams":[]} x""", "request: at byte 15 expected the end of the request, found more")]
    public void Malformed_push_says_where(string json, string expected) => Assert.Equal(expected, Logs(json));

    [Fact]
    public void Push_that_grows_beyond_the_limit_is_an_error() => Assert.StartsWith(
        "streams[0].values[",
        Wiring.Logs(JsonBodies.Utf8($$"""{"streams":[{"values":[{{string.Join(',', Enumerable.Repeat("[\"1\",\"a\"]", 90))}}]}]}"""), WireFormat.LokiJson, new IngestRules { MaxDecodedBytes = 1000 }),
        StringComparison.Ordinal);

    private static string Logs(string json) => Wiring.Logs(JsonBodies.Utf8(json), WireFormat.LokiJson);
}
