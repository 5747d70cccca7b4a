using VmObs.Config;
using VmObs.Signals.Filters;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Sampling;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Sampling;

public sealed class SamplingRulesTests
{
    private static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Theory]
    [InlineData(6000, false, "portal", null)]
    [InlineData(10, true, "portal", null)]
    [InlineData(10, false, "treasury", null)]
    [InlineData(10, false, "portal", "default_traces")]
    public void The_first_rule_that_matches_decides(int milliseconds, bool failed, string service, string? sampledOutBy)
    {
        // The SPEC's own rules, the last of them without a share.
        IReadOnlyList<SamplingRule> rules = [.. SamplingReader.Default.Take(3), SamplingReader.Default[3] with { Rate = 0 }];
        var decided = new SamplingRules(rules, s_key).Decide(Id(1), Trace(milliseconds, failed, service));
        Assert.Equal(sampledOutBy, decided < 0 ? null : rules[decided].Name);
    }

    [Fact]
    public void A_level_is_no_traces_even_where_an_attribute_has_that_name()
    {
        var rules = new SamplingRules([Rule("levels", "level >= 'error'", 0), Rule("others", "http.method == 'POST'", 0)], s_key);
        Assert.Equal(1, rules.Decide(Id(1), new TraceFilterDocument([(Span(1, false, "portal") with { Attributes = """{"level":"fatal","http.method":"POST"}""" }).ToRecord()])));
    }

    [Fact]
    public void A_share_is_what_it_says_and_the_same_for_all_that_bears_the_id()
    {
        var rules = new SamplingRules([Rule("tenth", "true", 0.1)], s_key);
        var trace = Trace(1, false, "portal");
        var kept = Enumerable.Range(1, 20_000).Where(i => rules.Decide(Id(i), trace) < 0).ToHashSet();
        Assert.InRange(kept.Count, 1850, 2150);
        Assert.All(Enumerable.Range(1, 1000), i => Assert.Equal(kept.Contains(i), rules.IsAlwaysKept(Id(i))));
        var again = new SamplingRules([Rule("renamed", "span_count > 0", 0.1)], s_key);
        Assert.All(Enumerable.Range(1, 1000), i => Assert.Equal(kept.Contains(i), again.Decide(Id(i), trace) < 0));
        // Whoever keeps more keeps those too.
        var more = new SamplingRules([Rule("half", "true", 0.5)], s_key);
        Assert.All(kept, i => Assert.Equal(-1, more.Decide(Id(i), trace)));
    }

    [Fact]
    public void Another_key_chooses_others_and_commits_to_itself()
    {
        var (one, other) = (new SamplingRules([Rule("half", "true", 0.5)], s_key), new SamplingRules([Rule("half", "true", 0.5)], [.. s_key.Reverse()]));
        var trace = Trace(1, false, "portal");
        Assert.InRange(Enumerable.Range(1, 1000).Count(i => one.Decide(Id(i), trace) == other.Decide(Id(i), trace)), 400, 600);
        Assert.NotEqual(one.KeyCommitment, other.KeyCommitment);
        Assert.NotEqual(one.Hash, other.Hash);
    }

    [Theory]
    [InlineData(1.0, false)]
    [InlineData(0.999, true)]
    [InlineData(0, true)]
    public void Rules_that_keep_all_are_known_as_such(double rate, bool drops) =>
        Assert.Equal(drops, new SamplingRules([Rule("r", "true", rate)], s_key).DropsTraces);

    [Fact]
    public void A_trace_that_no_rule_matches_is_kept()
    {
        Assert.Equal(-1, new SamplingRules([Rule("r", "service == 'nobody'", 0)], s_key).Decide(Id(1), Trace(1, false, "portal")));
        Assert.Equal(-1, new SamplingRules([], s_key).Decide(Id(1), Trace(1, false, "portal")));
    }

    internal static SamplingRule Rule(string name, string condition, double rate)
    {
        Assert.True(Filter.TryParse(condition, out var filter, out var error), error?.ToString());
        return new SamplingRule(name, condition, filter, rate);
    }

    private static TraceId Id(int number) => new(7, (ulong)number);

    private static TestSpan Span(int milliseconds, bool failed, string service) =>
        new(2, 1, "work", service, "brick-01", "2025-12-06T14:30:00Z", milliseconds) { Status = failed ? SpanStatus.Error : SpanStatus.Ok };

    private static TraceFilterDocument Trace(int milliseconds, bool failed, string service) =>
        new([new TestSpan(1, 0, "root", "gateway", "brick-01", "2025-12-06T14:30:00Z", 1).ToRecord(), Span(milliseconds, failed, service).ToRecord()]);
}
