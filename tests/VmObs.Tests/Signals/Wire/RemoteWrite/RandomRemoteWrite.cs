using Google.Protobuf.Collections;
using Prometheus.Remote;

namespace VmObs.Tests.Signals.Wire.RemoteWrite;

/// <summary>Random requests of the classes that are generated from remote_write's definitions; one seed gives one request.</summary>
internal sealed class RandomRemoteWrite(int seed)
{
    private const long Millis = Wiring.Arrival / 1_000_000;

    private static readonly string[] s_names = ["", "up", "up", "rpc", "rpc_total", "rpc_bucket", "rpc_sum", "rpc_count", "build_info", "queue_gcount", "字"];
    private static readonly string[] s_labels = ["instance", "job", "node", "service", "le", "a", "ä"];
    private static readonly string[] s_values = ["", "brick-01:9100", "[::1]:9100", "did:vm:node:brick-02", "x", "x\"y\\z\n\u0001", "ä€𝄞"];
    private static readonly string[] s_exemplarLabels = ["trace_id", "traceID", "span_id", "user", "Trace_id"];
    private static readonly string[] s_exemplarValues = ["0AF7651916CD43DD8448EB211C80319C", "b7ad6b7169203331", "no id", "", "ä\""];
    private static readonly double[] s_doubles = [0, 1, -1, 0.1, 1e300, double.NaN, double.PositiveInfinity, BitConverter.UInt64BitsToDouble(0x7ff0000000000002)];

    private readonly Random _random = new(seed);

    public WriteRequest Next()
    {
        var request = new WriteRequest();
        Repeat(3, () => request.Metadata.Add(new MetricMetadata
        {
            Type = (MetricMetadata.Types.MetricType)_random.Next(9), MetricFamilyName = Of(s_names), Help = "h", Unit = Of(["", "seconds"]),
        }));
        Repeat(5, () =>
        {
            var series = new TimeSeries();
            if (!Rarely)
                series.Labels.Add(new Label { Name = "__name__", Value = Of(s_names) });
            foreach (var name in s_labels.Where(_ => _random.Next(3) == 0))
                series.Labels.Add(new Label { Name = name, Value = Of(s_values) });
            if (Rarely)
                series.Labels.Add(new Label { Name = "", Value = "x" });
            Repeat(3, () => series.Samples.Add(new Sample { Value = Of(s_doubles), Timestamp = Time() }));
            Repeat(2, () => series.Histograms.Add(Histogram()));
            Repeat(2, () => series.Exemplars.Add(Exemplar()));
            request.Timeseries.Add(series);
        });
        return request;
    }

    private bool Rarely => _random.Next(12) == 0;

    private long Time() => Rarely ? Of([long.MaxValue, long.MinValue, Millis + 600_001, 0, -1]) : Millis - _random.Next(10_000);

    private Exemplar Exemplar()
    {
        var exemplar = new Exemplar { Value = Of(s_doubles[..5]), Timestamp = Time() };
        foreach (var name in s_exemplarLabels.Where(_ => _random.Next(2) == 0))
            exemplar.Labels.Add(new Label { Name = name, Value = Of(s_exemplarValues) });
        return exemplar;
    }

    private Histogram Histogram()
    {
        var isFloat = _random.Next(3) == 0;
        var histogram = new Histogram
        {
            Schema = Rarely ? Of([-10, 53, -53]) : _random.Next(-4, 9), Sum = Of(s_doubles), ZeroThreshold = 0.001, Timestamp = Time(), ResetHint = (Histogram.Types.ResetHint)_random.Next(4),
        };
        if (histogram.Schema == -53)
            histogram.CustomValues.AddRange([0.5, 1, 2.5, 10]);
        double total = _random.Next(4);
        if (isFloat)
            histogram.ZeroCountFloat = total;
        else
            histogram.ZeroCountInt = (ulong)total;
        total += Buckets(isFloat, histogram.PositiveSpans, histogram.PositiveDeltas, histogram.PositiveCounts);
        total += Buckets(isFloat, histogram.NegativeSpans, histogram.NegativeDeltas, histogram.NegativeCounts);
        total += Rarely ? 1 : 0;
        if (isFloat)
            histogram.CountFloat = total;
        else
            histogram.CountInt = (ulong)total;
        return histogram;
    }

    private double Buckets(bool isFloat, RepeatedField<BucketSpan> spans, RepeatedField<long> deltas, RepeatedField<double> counts)
    {
        double total = 0;
        long before = 0;
        Repeat(3, () =>
        {
            var length = _random.Next(4);
            spans.Add(new BucketSpan { Offset = spans.Count == 0 ? _random.Next(-5, 6) : Rarely ? -1 : _random.Next(4), Length = (uint)(Rarely ? length + 1 : length) });
            for (; length > 0; length--)
            {
                long count = Rarely ? -1 : _random.Next(9);
                if (isFloat)
                    counts.Add(count + 0.5);
                else
                    deltas.Add(count - before);
                total += isFloat ? count + 0.5 : count;
                before = count;
            }
        });
        return total;
    }

    private T Of<T>(IReadOnlyList<T> list) => list[_random.Next(list.Count)];

    private void Repeat(int most, Action action)
    {
        for (var i = _random.Next(most + 1); i > 0; i--)
            action();
    }
}
