using CsCheck;
using Google.Protobuf;
using Snappier;
using VmObs.Tests.Signals.Wire.Plain;
using WireFormat = VmObs.Signals.Ports.WireFormat;

namespace VmObs.Tests.Signals.Wire.LokiPush;

/// <summary>What our reader makes of a push is what a plain mapping makes of the classes generated from its definition, however it is encoded.</summary>
public sealed class LokiPushDifferentialTests
{
    [Fact]
    public void Push() => Gen.Int.Sample(static seed =>
    {
        var request = new RandomLokiPush(seed).Next();
        var expected = PlainLokiPush.Map(request);
        Assert.Equal(expected, Read(request.ToByteArray()));
        Assert.Equal(expected, Read(OtherEncoding.Of(request, seed)));
    }, iter: 3000);

    private static string Read(byte[] body) => PlainBatch.WithoutMessage(Wiring.Logs(Snappy.CompressToArray(body), WireFormat.LokiProtobuf));
}
