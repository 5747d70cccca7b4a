using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Signals.Wire.JsonMetrics;

public sealed class JsonMetricReaderTests
{
    [Fact]
    public void Spec_document_becomes_a_sample_a_member_of_metrics()
    {
        var lines = Metrics(JsonBodies.SpecMetric).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(8, lines.Length);
        Assert.Equal(
            "{__name__=\"cpu_percent\",collection_method=\"prometheus_scrape\",environment=\"production\",node=\"brick-01\",region=\"eu-west\",service=\"guardian\"} Unknown  1765031400000000000 23.5",
            lines[0]);
        Assert.Contains("{__name__=\"network_rx_bytes\"", lines[3], StringComparison.Ordinal);
        Assert.EndsWith(" 1234567890", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("{__name__=\"scrape_duration_ms\",", lines[7], StringComparison.Ordinal);
        Assert.EndsWith(" 45", lines[7], StringComparison.Ordinal);
    }

    [Fact]
    public void Category_and_special_values_are_kept() => Assert.Equal(
        """
        {__name__="a",category="mesh",n="1",node="unknown",service="unknown_service"} Unknown  1000000000 NaN:fff8000000000000
        {__name__="b",category="mesh",n="1",node="unknown",service="unknown_service"} Unknown  1000000000 -Infinity

        """,
        Metrics("""{"timestamp":1,"category":"mesh","labels":{"n":1},"metrics":{"a":"NaN","b":"-Inf"}}"""u8.ToArray()).ReplaceLineEndings().Replace("∞", "Infinity", StringComparison.Ordinal));

    [Theory]
    [InlineData("""{"timestamp":1,"metrics":{"a":true,"b":2}}""", "unsupported_type=1: line 1: metric \"a\": got \"true\", want a number, \"NaN\", \"+Inf\" or \"-Inf\"", 1)]
    [InlineData("""{"metrics":{"a":1,"b":2}}""", "missing_timestamp=2: line 1: got no timestamp, want RFC 3339 or a Unix time in s, ms, us or ns", 0)]
    [InlineData("""{"timestamp":"x","metrics":{"a":1}}""", "invalid_timestamp=1: line 1: timestamp: got \"\"x\"\", want RFC 3339 or a Unix time in s, ms, us or ns", 0)]
    [InlineData("""{"timestamp":4000000000,"metrics":{"a":1}}""", "too_far_ahead=1: line 1: got time 2096-10-02T07:06:40.000Z, want at most 2025-12-06T14:40:15.123Z", 0)]
    [InlineData("""{"timestamp":1,"metrics":{"":1,"b":2}}""", "invalid_metric_name=1: line 1: metric \"\": got a name of 0 bytes, want 1 to 4096", 1)]
    [InlineData("""{"timestamp":1,"metrics":{"a":1},"labels":{"x":{}}}""", "invalid_labels=1: line 1: metric \"a\": a label has no name, is no text or number, or is over 4096 bytes, or there are over 128", 0)]
    [InlineData("""{"timestamp":1,"metrics":[]}""", "malformed_record=1: line 1: at byte 0 expected an object with \"metrics\", an object, found \"{\"timestamp\":1,\"metrics\":[]}\"", 0)]
    [InlineData("{\"timestamp\":1,\"metrics\":{\"a\":1}}\n{\"b\"}", "malformed_record=1: line 2: at byte 38 expected ':', found '}'", 1)]
    public void Bad_part_is_refused_alone(string json, string refusal, int taken)
    {
        var lines = Metrics(JsonBodies.Utf8(json)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("refused " + refusal, lines[^1]);
        Assert.Equal(taken, lines.Length - 1);
    }

    private static string Metrics(byte[] body) => Wiring.Metrics(body, WireFormat.JsonMetrics);
}
