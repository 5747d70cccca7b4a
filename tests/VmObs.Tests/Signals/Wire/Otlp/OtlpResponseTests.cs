using System.Text;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

public sealed class OtlpResponseTests
{
    [Theory]
    [InlineData(Signal.Metrics, "rejectedDataPoints")]
    [InlineData(Signal.Logs, "rejectedLogRecords")]
    [InlineData(Signal.Traces, "rejectedSpans")]
    public void Partial_success_in_json_names_the_number_and_the_reasons(Signal signal, string member)
    {
        var refusals = new Refusals();
        refusals.Add(RefusalReason.TooLarge, static () => "the \"first\"", 2);
        refusals.Add(RefusalReason.TooFarAhead, static () => "another");
        Assert.Equal(
            $$$"""{"partialSuccess":{"{{{member}}}":"3","errorMessage":"3 refused (too_far_ahead 1, too_large 2); the first: the \"first\""}}""",
            Encoding.UTF8.GetString(Write(into => OtlpResponse.WriteSuccess(WireFormat.OtlpJson, signal, refusals, into))));
    }

    [Fact]
    public void Full_success_is_an_empty_message()
    {
        Assert.Empty(Write(static into => OtlpResponse.WriteSuccess(WireFormat.OtlpProtobuf, Signal.Logs, new Refusals(), into)));
        Assert.Equal("{}"u8, Write(static into => OtlpResponse.WriteSuccess(WireFormat.OtlpJson, Signal.Logs, new Refusals(), into)));
    }

    [Fact]
    public void Partial_success_in_protobuf_has_number_and_message() =>
        Assert.Equal(
            Convert.FromHexString("0A86808000080312026F6B"),
            Write(static into => OtlpResponse.WriteSuccess(WireFormat.OtlpProtobuf, Signal.Traces, 3, "ok", into)));

    [Fact]
    public void Status_has_code_message_and_retry()
    {
        Assert.Equal(
            """{"code":8,"message":"busy","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"5s"}]}""",
            Encoding.UTF8.GetString(Write(static into => OtlpResponse.WriteStatus(WireFormat.OtlpJson, 8, "busy", into, retryAfterSeconds: 5))));
        var fault = default(WireFault);
        var reader = new ProtobufReader(Write(static into => OtlpResponse.WriteStatus(WireFormat.OtlpProtobuf, 8, "busy", into, retryAfterSeconds: 5)), ref fault);
        Assert.True(reader.NextField());
        Assert.Equal(8UL, reader.ReadVarint());
        Assert.True(reader.NextField());
        Assert.Equal("busy"u8, reader.ReadBytes());
        Assert.True(reader.NextField());
        var any = reader.ReadMessage();
        Assert.True(any.NextField());
        Assert.Equal("type.googleapis.com/google.rpc.RetryInfo"u8, any.ReadBytes());
        Assert.True(any.NextField());
        var info = any.ReadMessage();
        Assert.True(info.NextField());
        var delay = info.ReadMessage();
        Assert.True(delay.NextField());
        Assert.Equal(5UL, delay.ReadVarint());
        Assert.False(delay.NextField() || info.NextField() || any.NextField() || reader.NextField() || reader.Failed);
    }

    private static byte[] Write(Action<PooledBuffer> write)
    {
        using var buffer = new PooledBuffer();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
