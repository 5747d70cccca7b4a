using System.Text;
using CsCheck;
using VmObs.Signals.Labels;
using VmObs.Tests.Storage.Hours;

namespace VmObs.Tests.Signals.Labels;

public sealed class LabelMatcherTests
{
    [Theory]
    [InlineData("=", "api", "api", true)]
    [InlineData("=", "api", "api2", false)]
    [InlineData("=", "", "", true)]
    [InlineData("!=", "api", "", true)]
    [InlineData("!=", "", "", false)]
    [InlineData("=~", "a.*", "api", true)]
    [InlineData("=~", "pi", "api", false)]
    [InlineData("=~", "ap", "api", false)]
    [InlineData("=~", "a|api", "api", true)]
    [InlineData("=~", "a|b", "api", false)]
    [InlineData("=~", "api|", "", true)]
    [InlineData("=~", ".*", "", true)]
    [InlineData("=~", ".+", "", false)]
    [InlineData("=~", "a.c", "a\nc", true)]
    [InlineData("=~", "api$", "api\n", false)]
    [InlineData("=~", "ap?i", "ai", true)]
    [InlineData("=~", "größe.*", "größe-1", true)]
    [InlineData("=~", "(?i)API", "api", true)]
    [InlineData("=~", "\\d+", "١", false)]
    [InlineData("!~", "a.*", "api", false)]
    [InlineData("!~", "a.*", "", true)]
    public void A_value_fits_as_Prometheus_says(string matchOperator, string value, string label, bool fits)
    {
        var known = Enum.GetValues<MatchOperator>().Single(candidate => candidate.Text() == matchOperator);
        Assert.Null(LabelMatcher.TryCreate("job", known, value, out var matcher));
        Assert.Equal(fits, matcher.Matches(Encoding.UTF8.GetBytes(label)));
        var key = MetricSeries.Key(("__name__", "m"), ("job", label), ("zone", "z"));
        Assert.Equal(fits, LabelMatcher.AllMatch([matcher], key));
        Assert.Equal(fits, LabelMatcher.AllMatch([LabelMatcher.Equal("zone", "z"), matcher], key));
        Assert.False(LabelMatcher.AllMatch([matcher, LabelMatcher.Equal("zone", "y")], key));
    }

    [Theory]
    [InlineData("a(")]
    [InlineData("a)(b")]
    [InlineData("(?=a)")]
    [InlineData("(a)\\1")]
    [InlineData("a{1001}")]
    public void What_is_no_expression_of_RE2_is_said(string pattern) =>
        Assert.NotNull(LabelMatcher.TryCreate("job", MatchOperator.Matches, pattern, out _));

    [Fact]
    public void What_a_matcher_says_of_values_holds_for_all_that_fit() =>
        Gen.Select(Gen.String[Gen.Char["ab.|?*+()[]é"], 0, 6], Gen.String[Gen.Char["abé"], 0, 4]).Sample((pattern, text) =>
        {
            if (LabelMatcher.TryCreate("l", MatchOperator.Matches, pattern, out var matcher) is not null)
                return;
            var utf8 = Encoding.UTF8.GetBytes(text);
            if (!matcher.Matches(utf8))
                return;
            Assert.True(utf8.AsSpan().StartsWith(matcher.Prefix), $"{pattern} fits {text}");
            Assert.True(matcher.Values is null || matcher.Values.Any(value => value.Span.SequenceEqual(utf8)), $"{pattern} fits {text}");
        }, iter: 5000);

    [Fact]
    public void Values_longer_than_the_stack_are_matched()
    {
        Assert.Null(LabelMatcher.TryCreate("l", MatchOperator.Matches, "x+y", out var matcher));
        Assert.True(matcher.Matches(Encoding.UTF8.GetBytes(new string('x', 5000) + "y")));
        Assert.False(matcher.Matches(Encoding.UTF8.GetBytes(new string('x', 5000))));
    }
}
