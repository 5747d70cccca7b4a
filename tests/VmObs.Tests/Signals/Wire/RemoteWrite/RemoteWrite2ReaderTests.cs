using Snappier;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Signals.Wire.RemoteWrite;

public sealed class RemoteWrite2ReaderTests
{
    [Fact]
    public void Both_versions_mean_the_same()
    {
        PushBodies.Series[] series =
        [
            new([("__name__", "up"), ("instance", "brick-01:9100"), ("job", "node")], [(1, 1), (2, 2)]),
            new([("__name__", "down"), ("node", "did:vm:node:x"), ("service", "s")], [(double.NaN, 3)], 1),
        ];
        Assert.Equal(
            Wiring.Metrics(Snappy.CompressToArray(PushBodies.RemoteWrite(series)), WireFormat.RemoteWrite1), Metrics(RemoteWrite2Bodies.Write(series)));
    }

    [Fact]
    public void Kind_and_unit_are_the_series_own() => Assert.Equal(
        "{__name__=\"c\",node=\"unknown\",service=\"unknown_service\"} Counter seconds 1000000 1\n",
        Metrics(RemoteWrite2Bodies.Write([new([("__name__", "c")], [(1, 1)])], type: 1, unit: "seconds")));

    [Fact]
    public void Reference_beyond_the_symbols_and_an_odd_one_are_errors()
    {
        Assert.Equal("request: at byte 6 expected references below the 1 symbols, found 7", Metrics(Request([0, 7])));
        Assert.Equal("request: at byte 5 expected labels_refs in pairs, found 1 of them", Metrics(Request([0])));
    }

    [Fact]
    public void Short_message_that_stands_for_much_text_is_refused_before_it_is_written_out()
    {
        using var request = new PooledBuffer();
        ProtobufWriter.Bytes(request, 4, new byte[4096]);
        var mark = ProtobufWriter.BeginMessage(request, 5);
        ProtobufWriter.Bytes(request, 1, new byte[2 * 1024 * 1024]);
        var sample = ProtobufWriter.BeginMessage(request, 2);
        ProtobufWriter.Varint(request, 2, 1);
        ProtobufWriter.EndMessage(request, sample);
        ProtobufWriter.EndMessage(request, mark);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.StartsWith("refused invalid_labels=1", Metrics(request.WrittenSpan.ToArray()), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024 * 1024);
    }

    private static byte[] Request(byte[] refs)
    {
        using var request = new PooledBuffer();
        ProtobufWriter.Bytes(request, 5, [0x0A, (byte)refs.Length, .. refs]);
        ProtobufWriter.Bytes(request, 4, []);
        return request.WrittenSpan.ToArray();
    }

    private static string Metrics(byte[] plain) => Wiring.Metrics(Snappy.CompressToArray(plain), WireFormat.RemoteWrite2);
}
