using System.Text;
using CsCheck;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Tests.Storage.Hours;

/// <summary>A series as the writer takes it.</summary>
internal sealed record TestSeries(byte[] Key, MetricKind Kind, string Unit, long[] Times, double[] Values)
{
    /// <summary>Details of some samples.</summary>
    public SampleDetail[] Details { get; init; } = [];
}

internal static class MetricSeries
{
    /// <summary>The hour of tests' files.</summary>
    public static HourFile Hour { get; } = new(Signal.Metrics, HourId.Of(LogLines.Hour), 0);

    private static readonly string[] s_texts = ["a", "brick-01", "größe", "quote\" back\\slash", "line\nbreak\u0001", "😀", "</script>&'+", " "];
    private static readonly string[] s_names = ["__name__", "Zone", "node", "service", "a", "le", "ünï", "with \"quotes\""];

    private static readonly Gen<string> s_text = Gen.OneOf(Gen.Int[0, s_texts.Length - 1].Select(i => s_texts[i]), Gen.String.AlphaNumeric);

    /// <summary>All doubles: every bit pattern, among them NaNs of all payloads, infinities and negative zeros.</summary>
    public static Gen<double> AnyDouble { get; } = Gen.OneOf(
        Gen.Long.Select(BitConverter.Int64BitsToDouble),
        Gen.Int[0, 4].Select(i => BitConverter.Int64BitsToDouble(new[] { 0x7FF0000000000002, 0x7FF8000000000001, unchecked((long)0xFFF8000000000000), 0x7FF0000000000000, unchecked((long)0x8000000000000000) }[i])),
        Gen.Int[-1000, 1000].Select(i => i / 4.0));

    /// <summary>Times over the whole range of 64 bits.</summary>
    public static Gen<long> AnyTime { get; } = Gen.OneOf(
        Gen.Long,
        Gen.Int[0, 3].Select(i => new[] { long.MinValue, -1L, 0L, long.MaxValue }[i]),
        Gen.Long[-5_000_000, 5_000_000],
        Gen.Int[0, 3_599_999].Select(ms => LogLines.Hour + (ms * 1_000_000L)));

    /// <summary>A detail for some of so many samples: none, few, or all; some with bytes of all kinds, some long.</summary>
    public static Gen<SampleDetail[]> AnyDetails(int samples) =>
        Gen.Select(Gen.OneOf(Gen.Const(0), Gen.Const(10), Gen.Const(100)), Gen.Int).Select((percent, seed) =>
        {
            var random = new Random(seed);
            return Enumerable.Range(0, samples).Where(_ => random.Next(100) < percent)
                .Select(i => new SampleDetail(i, Encoding.UTF8.GetBytes($"{{\"n\":{i},\"text\":\"{s_texts[random.Next(2)]}{new string('x', random.Next(20) == 0 ? 20_000 : random.Next(5))}\"}}")))
                .ToArray();
        });

    /// <summary>Series in ascending order of distinct keys.</summary>
    public static Gen<TestSeries[]> Any { get; } =
        Gen.Select(
            Gen.Select(Gen.Int[0, s_names.Length - 1].Select(i => s_names[i]), s_text).Array[0, 6].Select(Key),
            Gen.Enum<MetricKind>(), s_text, Gen.Select(AnyTime, AnyDouble).Array[1, 40],
            (key, kind, unit, samples) => new TestSeries(
                key, kind, unit, [.. samples.Select(sample => sample.Item1).Order()], [.. samples.Select(sample => sample.Item2)]))
        .SelectMany(series => AnyDetails(series.Times.Length).Select(details => series with { Details = details }))
        .Array[0, 12].Select(Sort);

    public static byte[] Key(params (string Name, string Value)[] labels)
    {
        using var builder = new LabelKeyBuilder();
        foreach (var (name, value) in labels)
            builder.Set(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
        using var key = new PooledBuffer();
        builder.WriteTo(key);
        return key.WrittenSpan.ToArray();
    }

    public static TestSeries[] Sort(IEnumerable<TestSeries> series) =>
        [.. series.DistinctBy(s => Convert.ToHexString(s.Key)).OrderBy(s => s.Key, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))];

    /// <summary>An hour of scrapes: gauges and counters of several services and nodes.</summary>
    public static TestSeries[] Ordinary(int count, int samples = 240, int seed = 1)
    {
        var random = new Random(seed);
        return Sort(Enumerable.Range(0, count).Select(i =>
        {
            var times = new long[samples];
            var values = new double[samples];
            for (var s = 0; s < samples; s++)
            {
                times[s] = LogLines.Hour + ((s * 15_000L) + random.Next(20)) * 1_000_000;
                values[s] = i % 2 == 0 ? Math.Round(random.NextDouble() * 100, 2) : (s * 100) + random.Next(100);
            }
            var key = Key(("__name__", $"metric_{i % 40}"), ("node", $"brick-{i % 7:00}"), ("service", $"service-{i % 5}"), ("instance", $"i-{i}"));
            return new TestSeries(key, i % 2 == 0 ? MetricKind.Gauge : MetricKind.Counter, i % 3 == 0 ? "By" : "", times, values);
        }));
    }
}
