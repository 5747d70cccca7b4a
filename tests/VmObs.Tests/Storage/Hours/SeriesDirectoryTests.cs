using System.Text;
using CsCheck;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Tests.Storage.Hours;

public sealed class SeriesDirectoryTests
{
    // Labels before and behind the name, of its length and others; names that begin with one another, and none.
    private static readonly Gen<string> s_name = OneOf("", "up", "u", "upp", "node_load1", "node_load15", new string('n', 130));
    private static readonly Gen<byte[]> s_key = Gen.Select(s_name, OneOf("Zone", "ENV_NAME", "__aaaa__", "__name_", "job", "zone", "_").Array[0, 3], Gen.Int[0, 3]).Select((name, labels, value) =>
    {
        using var builder = new LabelKeyBuilder();
        using var key = new PooledBuffer();
        builder.Set("__name__"u8, Encoding.UTF8.GetBytes(name));
        foreach (var label in labels)
            builder.Set(Encoding.UTF8.GetBytes(label), Encoding.UTF8.GetBytes($"v{value}"));
        builder.WriteTo(key);
        return key.WrittenSpan.ToArray();
    });

    private static readonly Gen<LabelMatcher> s_matcher = Gen.OneOf(
        s_name.Select(name => LabelMatcher.Equal("__name__", name)),
        s_name.Array[1, 3].Select(names => LabelMatcher.OneOf("__name__", names)),
        OneOf("job", "Zone").Select(label => LabelMatcher.Equal(label, "v1")),
        s_name.Select(name => Made(MatchOperator.NotEqual, name)),
        Gen.Const(0).Select(_ => Made(MatchOperator.Matches, "u.*")));

    [Fact]
    public void The_series_found_are_those_whose_keys_match() =>
        Gen.Select(s_key.Array[0, 40], s_matcher.Array[0, 2]).Sample((keys, matchers) =>
        {
            var sorted = keys.DistinctBy(Convert.ToHexString).ToList();
            sorted.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
            var directory = new SeriesDirectory([.. sorted.Select((key, i) => new SeriesPlace(key, MetricKind.Gauge, "", i, 1))]);
            var query = new MetricQuery(0, 1, matchers);
            Assert.Equal(Enumerable.Range(0, sorted.Count).Where(i => query.Wants(sorted[i])), directory.Find(new MetricSelection(query)));
        }, iter: 2000);

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static LabelMatcher Made(MatchOperator matchOperator, string value)
    {
        Assert.Null(LabelMatcher.TryCreate("__name__", matchOperator, value, out var matcher));
        return matcher;
    }
}
