using System.Text.Json;
using CsCheck;
using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

/// <summary>One request in protobuf and in JSON means the same.</summary>
public sealed class OtlpEncodingsTests
{
    [Fact]
    public void Logs_in_both_encodings_are_the_same_batch() => OtlpModelGen.Logs.Sample(static groups =>
    {
        var expected = Wiring.Logs(OtlpWriter.Protobuf(writer => writer.Logs(groups)));
        Assert.Equal(expected, Wiring.Logs(OtlpWriter.Json(writer => writer.Logs(groups)), WireFormat.OtlpJson));
        Assert.Equal(expected, Wiring.Logs(OtlpWriter.Json(writer => writer.Logs(groups), integersAsNumbers: true), WireFormat.OtlpJson));
        Assert.Equal(groups.Sum(group => group.Records.Count), Lines(expected) + Refused(expected));
        foreach (var line in expected.Split('\n').Where(static line => line.StartsWith('{')))
            JsonDocument.Parse(string.Concat("{", line.AsSpan(line.IndexOf("\"level\":", StringComparison.Ordinal)))).Dispose();
    }, iter: 2000);

    [Fact]
    public void Traces_in_both_encodings_are_the_same_batch() => OtlpModelGen.Traces.Sample(static groups =>
    {
        var expected = Wiring.Traces(OtlpWriter.Protobuf(writer => writer.Traces(groups)));
        Assert.Equal(expected, Wiring.Traces(OtlpWriter.Json(writer => writer.Traces(groups)), WireFormat.OtlpJson));
        Assert.Equal(expected, Wiring.Traces(OtlpWriter.Json(writer => writer.Traces(groups), integersAsNumbers: true), WireFormat.OtlpJson));
        RequireJson(OtlpWriter.Protobuf(writer => writer.Traces(groups)));
    }, iter: 2000);

    [Fact]
    public void Metrics_in_both_encodings_are_the_same_batch() => OtlpModelGen.Metrics.Sample(static groups =>
    {
        var expected = Wiring.Metrics(OtlpWriter.Protobuf(writer => writer.Metrics(groups)));
        Assert.Equal(expected, Wiring.Metrics(OtlpWriter.Json(writer => writer.Metrics(groups)), WireFormat.OtlpJson));
        Assert.Equal(expected, Wiring.Metrics(OtlpWriter.Json(writer => writer.Metrics(groups), integersAsNumbers: true), WireFormat.OtlpJson));
    }, iter: 2000);

    private static void RequireJson(byte[] body)
    {
        using var batch = new TraceBatch();
        Assert.Null(new RequestDecoder(new IngestRules()).TryDecode(Wiring.Request(Signal.Traces, WireFormat.OtlpProtobuf, body), batch));
        for (var i = 0; i < batch.Count; i++)
        {
            for (var which = SpanText.Attributes; which <= SpanText.Scope; which++)
            {
                if (!batch[i].Text(which).IsEmpty)
                    JsonDocument.Parse(batch[i].Text(which).ToArray()).Dispose();
            }
        }
    }

    private static int Lines(string text) => text.Split('\n').Count(static line => line.StartsWith('{'));

    private static int Refused(string text)
    {
        var refused = text.Split('\n').SingleOrDefault(static line => line.StartsWith("refused ", StringComparison.Ordinal));
        return refused is null ? 0 : refused[..refused.IndexOf(": ", StringComparison.Ordinal)].Split(' ').Skip(1).Sum(static pair => int.Parse(pair.Split('=')[1]));
    }
}
