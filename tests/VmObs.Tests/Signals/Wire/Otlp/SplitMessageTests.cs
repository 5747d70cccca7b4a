using OpenTelemetry.Proto.Common.V1;
using OpenTelemetry.Proto.Logs.V1;
using OpenTelemetry.Proto.Metrics.V1;
using OpenTelemetry.Proto.Resource.V1;
using OpenTelemetry.Proto.Trace.V1;
using Google.Protobuf;

namespace VmObs.Tests.Signals.Wire.Otlp;

/// <summary>A message that may stand once and comes in pieces is refused with its place: no piece is lost without a word.</summary>
public sealed class SplitMessageTests
{
    private static readonly KeyValue Pair = new() { Key = "k", Value = new AnyValue { StringValue = "v" } };

    [Fact]
    public void In_logs()
    {
        var group = new ResourceLogs { Resource = new Resource { Attributes = { Pair } } };
        Refused(Wiring.Logs(Twice([1], group)));
        Refused(Wiring.Logs(Twice([1, 2], new ScopeLogs { Scope = new InstrumentationScope { Name = "s" } })));
        Refused(Wiring.Logs(Twice([1, 2, 2], new LogRecord { Body = new AnyValue { StringValue = "b" } })));
        Refused(Wiring.Logs(Twice([1, 2, 2, 6], new KeyValue { Value = Pair.Value })));
        Refused(Wiring.Logs(Twice([1, 2, 2, 5], new AnyValue { ArrayValue = new ArrayValue { Values = { Pair.Value } } })));
        Refused(Wiring.Logs(Twice([1, 2, 2, 5], new AnyValue { KvlistValue = new KeyValueList { Values = { Pair } } })));
    }

    [Fact]
    public void In_traces()
    {
        Refused(Wiring.Traces(Twice([1], new ResourceSpans { Resource = new Resource { Attributes = { Pair } } })));
        Refused(Wiring.Traces(Twice([1, 2], new ScopeSpans { Scope = new InstrumentationScope { Name = "s" } })));
        Refused(Wiring.Traces(Twice([1, 2, 2], new Span { Status = new Status { Message = "m" } })));
    }

    [Fact]
    public void In_metrics()
    {
        var buckets = new ExponentialHistogramDataPoint.Types.Buckets { Offset = 1 };
        Refused(Wiring.Metrics(Twice([1], new ResourceMetrics { Resource = new Resource { Attributes = { Pair } } })));
        Refused(Wiring.Metrics(Twice([1, 2], new ScopeMetrics { Scope = new InstrumentationScope { Name = "s" } })));
        Refused(Wiring.Metrics(Twice([1, 2, 2], new Metric { Gauge = new Gauge { DataPoints = { new NumberDataPoint { AsInt = 1 } } } })));
        var cumulative = new ExponentialHistogram { AggregationTemporality = AggregationTemporality.Cumulative }.ToByteArray();
        Refused(Wiring.Metrics(Nested([1, 2, 2, 10], [.. cumulative, .. Twice([1], new ExponentialHistogramDataPoint { Positive = buckets })])));
        Refused(Wiring.Metrics(Nested([1, 2, 2, 10], [.. cumulative, .. Twice([1], new ExponentialHistogramDataPoint { Negative = buckets })])));
    }

    [Fact]
    public void Of_scalars_the_last_stands()
    {
        var text = Wiring.Logs(Nested([1, 2, 2, 5], [.. new AnyValue { StringValue = "first" }.ToByteArray(), .. new AnyValue { StringValue = "last" }.ToByteArray()]));
        Assert.Contains("\"message\":\"last\"", text);
    }

    private static void Refused(string text)
    {
        Assert.Contains("expected one message in field", text);
        Assert.Contains("found a second one", text);
    }

    /// <summary>A request with a message at the end of a path of fields, each of whose fields stands twice.</summary>
    private static byte[] Twice(int[] path, IMessage message) => Nested(path, [.. message.ToByteArray(), .. message.ToByteArray()]);

    private static byte[] Nested(int[] path, byte[] content)
    {
        foreach (var field in path.Reverse())
            content = [(byte)(field << 3 | 2), (byte)content.Length, .. content];
        return content;
    }
}
