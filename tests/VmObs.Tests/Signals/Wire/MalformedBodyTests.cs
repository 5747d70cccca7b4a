using CsCheck;
using Snappier;
using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Tests.Signals.Wire.Otlp;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire;

/// <summary>Whatever stands in a body, decoding ends with an error that points into it, or with a clean batch.</summary>
public sealed class MalformedBodyTests(ITestOutputHelper output)
{
    private const string SeedVariable = "VM_OBS_FUZZ_SEED";

    public static TheoryData<string> Kinds => new("metrics", "logs", "traces", "metrics json", "logs json", "traces json", "remote_write", "loki", "remote_write2", "loki_json", "json_logs", "bulk", "json_metrics", "json_traces");

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Body_cut_at_any_byte_is_an_error_or_a_shorter_batch(string kind)
    {
        foreach (var seed in new[] { "0000Kz4sXE01", "0000KAbcde12", "0000Zxy98765" })
        {
            var whole = Body(kind, seed);
            var items = Decode(kind, whole, out var error);
            Assert.Null(error);
            for (var length = 0; length < whole.Length; length++)
            {
                var fewer = Decode(kind, whole[..length], out error);
                Assert.True(fewer <= items, $"{kind}, {length} of {whole.Length} bytes: {fewer} items of {items}");
                if (error is null)
                    continue;
                Assert.Equal(0, fewer);
                Assert.InRange(error.Offset, 0, length);
                Assert.NotEmpty(error.Where);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Body_changed_anywhere_is_an_error_or_a_clean_batch(string kind)
    {
        var errors = 0;
        var seed = Environment.GetEnvironmentVariable(SeedVariable) is { Length: > 0 } given ? int.Parse(given) : Environment.TickCount;
        output.WriteLine($"{SeedVariable}={seed} repeats this run");
        var random = new Random(seed);
        for (var round = 0; round < 20; round++)
        {
            var whole = Body(kind, null, random);
            if (whole.Length == 0)
                continue;
            for (var change = 0; change < 200; change++)
            {
                var body = whole.ToArray();
                for (var i = random.Next(1, 4); i > 0; i--)
                    body[random.Next(body.Length)] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => 0xFF, _ => (byte)(body[random.Next(body.Length)] ^ (1 << random.Next(8))) };
                Decode(kind, body, out var error);
                errors += error is null ? 0 : 1;
            }
        }
        Assert.NotEqual(0, errors);
    }

    [Fact]
    public void Nesting_too_deep_is_an_error_in_both_encodings()
    {
        object? value = "x";
        for (var i = 0; i < 60; i++)
            value = new OtlpArray(value);
        var group = new OtlpGroup<OtlpLog>([], [new OtlpLog { Body = value }]);
        var protobuf = Wiring.Logs(OtlpWriter.Protobuf(writer => writer.Logs(group)));
        var json = Wiring.Logs(OtlpWriter.Json(writer => writer.Logs(group)), WireFormat.OtlpJson);
        Assert.EndsWith("expected messages nested at most 100 deep, found a deeper one", protobuf);
        Assert.EndsWith("expected messages nested at most 100 deep, found a deeper one", json);
        Assert.StartsWith("resource_logs[0].scope_logs[0].log_records[0].body.array_value.values[0].array_value", protobuf);
        Assert.StartsWith("resource_logs[0].scope_logs[0].log_records[0].body.array_value.values[0].array_value", json);
    }

    private static byte[] Body(string kind, string? seed, Random? random = null)
    {
        var encoding = kind.EndsWith("json", StringComparison.Ordinal);
        byte[] Write(Action<OtlpWriter> write) => encoding ? OtlpWriter.Json(write) : OtlpWriter.Protobuf(write);
        T One<T>(Gen<T> gen) => gen.Generate(seed is null ? new PCG((uint)random!.Next()) : PCG.Parse(seed), null, out _);
        return kind.Split(' ')[0] switch
        {
            "metrics" => Write(writer => writer.Metrics(One(OtlpModelGen.Metrics))),
            "logs" => Write(writer => writer.Logs(One(OtlpModelGen.Logs))),
            "traces" => Write(writer => writer.Traces(One(OtlpModelGen.Traces))),
            "remote_write" => Snappy.CompressToArray(PushBodies.RemoteWrite(
                [new([("__name__", "up"), ("job", "node")], [(1, 1), (2, 2)]), new([("__name__", "down_total")], [(3, 3)], 1)], new PushBodies.Family(1, "down"))),
            "remote_write2" => Snappy.CompressToArray(RemoteWrite2Bodies.Write(
                [new([("__name__", "up"), ("job", "node")], [(1, 1), (2, 2)]), new([("__name__", "down_total"), ("job", "node")], [(3, 3)], 1)])),
            "loki_json" => JsonBodies.LokiPush,
            "json_logs" => [.. "["u8, .. JsonBodies.SpecLog, .. ",{\"msg\":\"two\",\"lvl\":30,\"a\":{\"b\":[1,null,true]}}]"u8],
            "bulk" => JsonBodies.Bulk,
            "json_metrics" => [.. "["u8, .. JsonBodies.SpecMetric, .. "]"u8],
            "json_traces" => [.. "["u8, .. JsonBodies.SpecTrace, .. "]"u8],
            _ => Snappy.CompressToArray(PushBodies.LokiPush(
                new PushBodies.Stream("{a=\"b\",level=\"info\"}", new(Wiring.Arrival, "line one"), new(Wiring.Arrival, "{\"level\":\"error\"}", ("k", "v"))))),
        };
    }

    /// <summary>Decodes, reads all of the batch, and gives the number of records taken and refused.</summary>
    private static int Decode(string kind, byte[] body, out WireError? error)
    {
        var format = kind switch
        {
            "remote_write" => WireFormat.RemoteWrite1,
            "loki" => WireFormat.LokiProtobuf,
            "remote_write2" => WireFormat.RemoteWrite2,
            "loki_json" => WireFormat.LokiJson,
            "json_logs" => WireFormat.JsonLogs,
            "bulk" => WireFormat.ElasticBulk,
            "json_metrics" => WireFormat.JsonMetrics,
            "json_traces" => WireFormat.JsonTraces,
            _ => kind.EndsWith("json", StringComparison.Ordinal) ? WireFormat.OtlpJson : WireFormat.OtlpProtobuf,
        };
        var decoder = new RequestDecoder(new IngestRules());
        switch (kind.Split(' ')[0])
        {
            case "metrics" or "remote_write" or "remote_write2" or "json_metrics":
            {
                using var batch = new MetricBatch();
                error = decoder.TryDecode(Wiring.Request(Signal.Metrics, format, body), batch);
                Wiring.Text(batch);
                return batch.SampleCount + batch.Refusals.Total;
            }
            case "traces" or "json_traces":
            {
                using var batch = new TraceBatch();
                error = decoder.TryDecode(Wiring.Request(Signal.Traces, format, body), batch);
                Wiring.Text(batch);
                return batch.Count + batch.Refusals.Total;
            }
            default:
            {
                using var batch = new LogBatch();
                error = decoder.TryDecode(Wiring.Request(Signal.Logs, format, body), batch);
                foreach (var record in batch.Records)
                    System.Text.Json.JsonDocument.Parse((byte[])[(byte)'{', .. batch.Tail(record)]).Dispose();
                return batch.Count + batch.Refusals.Total;
            }
        }
    }
}
