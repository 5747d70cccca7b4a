using Snappier;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Signals.Wire.RemoteWrite;

public sealed class RemoteWriteReaderTests
{
    private const long Millis = Wiring.Arrival / 1_000_000;

    [Fact]
    public void Series_keep_their_labels_and_get_node_and_service_where_absent() =>
        Assert.Equal(
            """
            {__name__="up",instance="node-1.example.net:9100",job="node",node="node-1.example.net",service="node"} Unknown  1765031415123000000 1
            {__name__="up",instance="node-1.example.net:9100",job="node",node="node-1.example.net",service="node"} Unknown  1765031415122000000 0.5
            {__name__="up",instance="[::1]:9100",node="::1",service="mine"} Unknown  0 NaN:7ff0000000000002
            {__name__="up",node="brick-01",service="unknown_service"} Unknown  -1000000 2
            {__name__="up",node="unknown",service="unknown_service"} Unknown  1765031415123000000 3

            """,
            Decode(
            [
                new([("__name__", "up"), ("instance", "node-1.example.net:9100"), ("job", "node")], [(1, Millis), (0.5, Millis - 1)]),
                new([("service", "mine"), ("__name__", "up"), ("instance", "[::1]:9100")], [(BitConverter.UInt64BitsToDouble(0x7ff0000000000002), 0)]),
                new([("node", "did:vm:node:brick-01"), ("__name__", "up")], [(2, -1)]),
                new([("__name__", "up"), ("node", ""), ("job", "")], [(3, Millis)]),
            ]));

    [Theory]
    [InlineData(1, "requests_total", "requests", "Counter s")]
    [InlineData(1, "requests", "requests", "Counter s")]
    [InlineData(2, "temperature", "temperature", "Gauge s")]
    [InlineData(3, "latency_bucket", "latency", "Histogram s")]
    [InlineData(3, "latency_count", "latency", "Histogram s")]
    [InlineData(5, "rpc_sum", "rpc", "Summary s")]
    [InlineData(5, "rpc", "rpc", "Summary s")]
    [InlineData(4, "queue_gcount", "queue", "Gauge s")]
    [InlineData(6, "build_info", "build", "Info s")]
    [InlineData(99, "thing", "thing", "Unknown s")]
    [InlineData(0, "thing", "thing", "Unknown s")]
    [InlineData(1, "other", "requests", "Unknown ")]
    public void Kind_and_unit_come_from_the_metadata(int type, string series, string family, string expected) =>
        Assert.Contains($"}} {expected} 176", Decode([new([("__name__", series)], [(1, Millis)])], family: new(type, family, "s")));

    [Fact]
    public void What_is_not_taken_is_counted_sample_by_sample()
    {
        var text = Decode(
        [
            new([("job", "nameless")], [(1, Millis), (2, Millis)]),
            new([("__name__", new string('n', 41))], [(1, Millis)]),
            new([("__name__", "up"), ("", "x")], [(1, Millis), (2, Millis)]),
            new([("__name__", "up"), ("long", new string('n', 41))], [(1, Millis)]),
            new([("__name__", "up")], [(1, Millis + 600_001), (1, long.MaxValue), (7, Millis + 600_000)]),
            new([("__name__", "up")], [], BadHistograms: 2),
        ],
        new IngestRules { MaxLabelBytes = 40 });
        Assert.Equal(
            """
            {__name__="up",node="unknown",service="unknown_service"} Unknown  1765032015123000000 7
            refused too_far_ahead=1 invalid_timestamp=1 invalid_metric_name=3 invalid_labels=3 invalid_histogram=2: metric "": got a name of 0 bytes, want 1 to 40

            """,
            text);
    }

    private static string Decode(PushBodies.Series[] series, IngestRules? rules = null, PushBodies.Family? family = null) =>
        Wiring.Metrics(Snappy.CompressToArray(PushBodies.RemoteWrite(series, family is null ? [] : [family])), WireFormat.RemoteWrite1, rules);
}
