using VmObs.Signals.Texts;
using Xunit;

namespace VmObs.Tests.Signals.Texts;

/// <summary>Patterns mean what they mean to RE2, where .NET reads them otherwise.</summary>
public sealed class Re2Tests
{
    [Theory]
    [InlineData("anchor|queue", "an anchor", true)]
    [InlineData(@"^\d+$", "12345", true)]
    [InlineData(@"^\d+$", "१२३", false)]
    [InlineData(@"^\w+$", "é", false)]
    [InlineData(@"^\W$", "é", true)]
    [InlineData(@"^[\D]$", "x", true)]
    [InlineData(@"^[\D]$", "5", false)]
    [InlineData(@"^\s$", "\u00a0", false)]
    [InlineData(@"^\S$", "\u00a0", true)]
    [InlineData("end$", "end\n", false)]
    [InlineData("(?m)^end$", "the\nend\n", true)]
    [InlineData("(?m:^b)$", "a\nb", true)]
    [InlineData("a(?i)B|c", "xC", true)]
    [InlineData("(?P<name>b)(?<other>c)", "abc", true)]
    [InlineData("[[:alpha:]]+[[:^digit:]]", "ab", true)]
    [InlineData("^[[:alpha:]]$", ":", false)]
    [InlineData("^[a-c-]+$", "a-c", true)]
    [InlineData("^[]x]+$", "]x", true)]
    [InlineData("^[^]x]+$", "]", false)]
    [InlineData("^[a-z-[aeiou]]$", "b]", true)]
    [InlineData("^[a&&b]$", "&", true)]
    [InlineData(@"^\pL\p{Lu}\PN$", "aBc", true)]
    [InlineData(@"^\p{^Lu}$", "B", false)]
    [InlineData(@"\Qa.b\E+", "a.bb", true)]
    [InlineData(@"\Qa.b", "axb", false)]
    [InlineData(@"\x41\x{42}", "AB", true)]
    [InlineData("{a}", "{a}", true)]
    [InlineData("a{2}b{1,}c{0,1}", "aab", true)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData("a b#c", "a b#c", true)]
    [InlineData(".", "\n", false)]
    [InlineData("(?s).", "\n", true)]
    [InlineData("(?U)a+", "aa", true)]
    [InlineData(@"\.\-\/", ".-/", true)]
    [InlineData("", "anything", true)]
    public void Pattern_matches(string pattern, string text, bool matches)
    {
        Assert.True(Re2.TryTranslate(pattern, out var regex, out var wrong), wrong);
        Assert.Equal(matches, regex.IsMatch(text));
    }

    [Theory]
    [InlineData("(", "missing")]
    [InlineData(")", "without")]
    [InlineData("[a", "missing")]
    [InlineData(@"(a)\1", "back references")]
    [InlineData("a(?=b)", "not in RE2")]
    [InlineData("a(?<!b)", "not in RE2")]
    [InlineData("(?>a)", "not in RE2")]
    [InlineData("(?x)a", "not in RE2")]
    [InlineData(@"\G", "not in RE2")]
    [InlineData(@"\C", "single byte")]
    [InlineData(@"\p{Greek}", "category")]
    [InlineData("[[:nope:]]", "no class")]
    [InlineData("a{1001}", "1000")]
    [InlineData(@"\x{110000}", "hexadecimal")]
    [InlineData(@"a\", "at the end")]
    [InlineData("a**", "Quantifier")]
    [InlineData("*a", "Quantifier")]
    public void What_is_no_pattern_of_RE2_is_refused_with_its_reason(string pattern, string reason)
    {
        Assert.False(Re2.TryTranslate(pattern, out var regex, out var wrong));
        Assert.Null(regex);
        Assert.Contains(reason, wrong, StringComparison.Ordinal);
    }

    [Fact]
    public void Evil_pattern_takes_time_linear_in_the_text()
    {
        Assert.True(Re2.TryTranslate("(a+)+$", out var regex, out _));
        // A backtracking matcher would need 2^40,000 steps for this.
        Assert.DoesNotMatch(regex, new string('a', 40_000) + "b");
    }
}
