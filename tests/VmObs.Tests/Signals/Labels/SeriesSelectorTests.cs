using CsCheck;
using VmObs.Signals.Labels;

namespace VmObs.Tests.Signals.Labels;

public sealed class SeriesSelectorTests
{
    [Theory]
    [InlineData("cpu_percent", "__name__=\"cpu_percent\"")]
    [InlineData(" system.cpu.time { } ", "__name__=\"system.cpu.time\"")]
    [InlineData("m{a=\"b\",c!='d' , e=~`f\\d`,g!~\"h.*\",}", "__name__=\"m\" a=\"b\" c!=\"d\" e=~\"f\\\\d\" g!~\"h.*\"")]
    [InlineData("{\"http.requests\", \"service.name\"=\"a\\\"b\\n\\u00e9\"}", "__name__=\"http.requests\" service.name=\"a\\\"b\né\"")]
    [InlineData("{__name__=~\"a|b\"}", "__name__=~\"a|b\"")]
    public void A_selector_is_read(string text, string matchers)
    {
        Assert.Null(SeriesSelector.TryParse(text, out var read));
        Assert.Equal(matchers, string.Join(' ', read));
    }

    [Theory]
    [InlineData("", 1, "want a metric's name")]
    [InlineData("{}", 3, "want a metric's name")]
    [InlineData("m{a}", 4, "want =")]
    [InlineData("m{a=b}", 5, "want a value in quotes")]
    [InlineData("m{a=\"b}", 5, "want the quote's end")]
    [InlineData("m{a=\"b\" c=\"d\"}", 9, "want , or }")]
    [InlineData("m{a=~\"(\"}", 6, "not a regular expression")]
    [InlineData("m{a=\"b\"} x", 10, "want { or the end")]
    [InlineData("m{a=\"\\z\"}", 5, "want the quote's end")]
    public void What_is_none_is_said_with_its_column(string text, int column, string message)
    {
        var error = SeriesSelector.TryParse(text, out _);
        Assert.Equal(column, error?.Column);
        Assert.StartsWith(message, error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_text_is_read_or_refused() =>
        Gen.String[Gen.Char["am{}=~!\"'`\\,. u0"], 0, 20].Sample(text =>
        {
            if (SeriesSelector.TryParse(text, out var matchers) is not null)
                return;
            // And what was read says itself again.
            Assert.Null(SeriesSelector.TryParse("{" + string.Join(',', matchers.Select(matcher => $"\"{matcher.Name}\"{matcher.ToString()[matcher.Name.Length..]}")) + "}", out var again));
            Assert.Equal(matchers.Select(matcher => matcher.ToString()), again.Select(matcher => matcher.ToString()));
        }, iter: 5000);
}
