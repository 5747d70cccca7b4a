using CsCheck;
using Google.Protobuf;
using VmObs.Signals;
using VmObs.Signals.Decoding;
using VmObs.Signals.Metrics;
using VmObs.Signals.Wire;
using VmObs.Tests.Signals.Wire.Otlp.Plain;
using VmObs.Tests.Support.Otlp;
using WireFormat = VmObs.Signals.Ports.WireFormat;

namespace VmObs.Tests.Signals.Wire.Otlp;

/// <summary>What a decoder knows of earlier requests changes nothing of what it says about the next one.</summary>
public sealed class OtlpKnownPointsTests
{
    [Fact]
    public void Requests_are_read_by_a_warm_decoder_as_by_a_new_one() => Gen.Int.Sample(static seed =>
    {
        var rules = new IngestRules { OtlpTranslation = (OtlpTranslation)((uint)seed % 5), PromoteResourceAttributes = ["http.method", "a.b", "os.type"], MaxLabels = 9, MaxLabelBytes = 24 };
        var warm = new RequestDecoder(rules);
        for (var i = 0; i < 8; i++)
        {
            var body = new RandomOtlp(unchecked(seed + (i % 5))).Metrics().ToByteArray();
            Assert.Equal(Read(new RequestDecoder(rules), body), Read(warm, body));
        }
    }, iter: 400);

    [Fact]
    public void Points_whose_scope_breaks_a_limit_are_refused_though_others_with_the_same_labels_are_known()
    {
        var decoder = new RequestDecoder(new IngestRules { OtlpTranslation = OtlpTranslation.UnderscoreEscapingWithSuffixes, MaxLabelBytes = 24 });
        Assert.Equal("{__name__=\"up\",job=\"web\",node=\"unknown\",service=\"web\"} Gauge  1765031415123000000 1\n", Read(decoder, Body(new OtlpScope(""))));
        Assert.StartsWith("refused invalid_labels=1", Read(decoder, Body(new OtlpScope("") { Attributes = [new("k", new string('x', 25))] })), StringComparison.Ordinal);
    }

    [Fact]
    public void Attributes_that_do_not_stand_together_are_all_read()
    {
        // time, one attribute, value, another attribute: a=1 and b=2.
        byte[] point = [0x19, .. BitConverter.GetBytes(Wiring.Arrival), 0x3A, 8, 0x0A, 1, (byte)'a', 0x12, 3, 0x0A, 1, (byte)'1', 0x21, .. BitConverter.GetBytes(1d), 0x3A, 8, 0x0A, 1, (byte)'b', 0x12, 3, 0x0A, 1, (byte)'2'];
        byte[] metric = [0x0A, 2, (byte)'u', (byte)'p', 0x2A, (byte)(point.Length + 2), 0x0A, (byte)point.Length, .. point];
        byte[] scope = [0x12, (byte)metric.Length, .. metric];
        byte[] resource = [0x12, (byte)scope.Length, .. scope];
        byte[] body = [0x0A, (byte)resource.Length, .. resource];
        Assert.StartsWith("{__name__=\"up\",a=\"1\",b=\"2\",", Wiring.Metrics(body), StringComparison.Ordinal);
    }

    private static byte[] Body(OtlpScope scope) => OtlpWriter.Protobuf(writer => writer.Metrics(new OtlpGroup<OtlpMetric>(
        [new("service.name", "web")], [new OtlpMetric("up", OtlpMetricType.Gauge, [new(Wiring.Arrival, 1d)])]) { Scope = scope }));

    private static string Read(RequestDecoder decoder, byte[] body)
    {
        using var batch = new MetricBatch();
        return decoder.TryDecode(Wiring.Request(Signal.Metrics, WireFormat.OtlpProtobuf, body), batch)?.ToString() ?? Wiring.Text(batch);
    }
}
