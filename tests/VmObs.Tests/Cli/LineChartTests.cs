using VmObs.Cli.Charts;
using VmObs.Cli.Output;

namespace VmObs.Tests.Cli;

public sealed class LineChartTests
{
    private const long Minute = 60L * 1_000_000_000;

    [Fact]
    public void A_line_goes_from_its_smallest_value_to_its_largest()
    {
        var lines = Draw(60, new ChartSeries([.. Enumerable.Range(0, 61).Select(i => (i * Minute, (double)i))]));
        Assert.Equal(14, lines.Count);
        Assert.StartsWith("60 ┤", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("30 ┤", lines[6], StringComparison.Ordinal);
        Assert.StartsWith(" 0 ┤", lines[11], StringComparison.Ordinal);
        Assert.Matches("^    00:00 +00:30 +01:00$", lines[13]);
        // From the lower left to the upper right, and nothing in the other corners.
        Assert.NotEqual('\u2800', lines[11][4]);
        Assert.NotEqual('\u2800', lines[0][^1]);
        Assert.Equal(('\u2800', '\u2800'), (lines[0][4], lines[11][^1]));
    }

    [Fact]
    public void Where_samples_are_missing_nothing_is_drawn()
    {
        var points = Enumerable.Range(0, 61).Where(i => i is < 20 or > 40).Select(i => (i * Minute, 5.0)).ToList();
        var row = Assert.Single(Draw(60, new ChartSeries(points)).Take(12), line => line[4..].Any(sign => sign > '\u2800'))[4..];
        Assert.Equal('\u2800', row[row.Length / 2]);
        Assert.NotEqual('\u2800', row[0]);
        Assert.NotEqual('\u2800', row[^1]);
    }

    [Fact]
    public void Values_without_bounds_are_drawn_and_those_that_are_no_numbers_are_not()
    {
        Assert.Empty(Draw(60, new ChartSeries([(0, double.NaN), (1, double.PositiveInfinity)])));
        Assert.Equal(14, Draw(60, new ChartSeries([(0, double.MinValue), (Minute, double.MaxValue), (2 * Minute, double.NaN)])).Count);
        Assert.Equal(14, Draw(10, new ChartSeries([(0, 0)])).Count);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(23.5, "23.5")]
    [InlineData(-9999.12341, "-9999.1234")]
    [InlineData(12_345, "12.345k")]
    [InlineData(1_073_741_824, "1.074G")]
    [InlineData(0.00012, "1.2E-4")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Numbers_are_short(double value, string text) => Assert.Equal(text, ValueText.Format(value));

    private static IReadOnlyList<string> Draw(int width, params ChartSeries[] series) =>
        LineChart.Draw(new Terminal(TextWriter.Null, TextWriter.Null, static _ => null, IsPiped: true) { Screen = () => (width, 24) }, series);
}
