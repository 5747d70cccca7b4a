using CsCheck;
using Google.Protobuf;
using VmObs.Signals.Wire;
using VmObs.Tests.Signals.Wire.Plain;

namespace VmObs.Tests.Signals.Wire.Otlp.Plain;

/// <summary>What our readers make of a request is what a plain mapping makes of the classes generated from OTLP's definitions, however
/// the request is encoded.</summary>
public sealed class OtlpDifferentialTests
{
    [Fact]
    public void Metrics() => Gen.Int.Sample(static seed =>
    {
        var request = new RandomOtlp(seed).Metrics();
        var rules = new IngestRules { OtlpTranslation = (OtlpTranslation)((uint)seed % 5), PromoteResourceAttributes = ["http.method", "a.b", "os.type"] };
        var expected = PlainMetrics.Map(request, rules);
        Assert.Equal(expected, PlainBatch.WithoutMessage(Wiring.Metrics(request.ToByteArray(), rules: rules)));
        Assert.Equal(expected, PlainBatch.WithoutMessage(Wiring.Metrics(OtherEncoding.Of(request, seed), rules: rules)));
    }, iter: 3000);

    [Fact]
    public void Logs() => Gen.Int.Sample(static seed =>
    {
        var request = new RandomOtlp(seed).Logs();
        var expected = PlainLogs.Map(request);
        Assert.Equal(expected, PlainBatch.WithoutMessage(Wiring.Logs(request.ToByteArray())));
        Assert.Equal(expected, PlainBatch.WithoutMessage(Wiring.Logs(OtherEncoding.Of(request, seed))));
    }, iter: 2000);

    [Fact]
    public void Traces() => Gen.Int.Sample(static seed =>
    {
        var request = new RandomOtlp(seed).Traces();
        var expected = PlainTraces.Map(request);
        Assert.Equal(expected, PlainBatch.WithoutMessage(Wiring.Traces(request.ToByteArray())));
        Assert.Equal(expected, PlainBatch.WithoutMessage(Wiring.Traces(OtherEncoding.Of(request, seed))));
    }, iter: 2000);
}
