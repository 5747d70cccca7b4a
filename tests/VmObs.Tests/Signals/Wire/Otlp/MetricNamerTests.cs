using System.Text;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

public sealed class MetricNamerTests
{
    [Fact]
    public void What_is_remembered_or_forgotten_does_not_change_a_name()
    {
        using var namer = new MetricNamer(OtlpTranslation.UnderscoreEscapingWithSuffixes);
        // Far more than is remembered, twice.
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 10_000; i++)
            {
                var name = $"{new string('x', 100)}.{i}";
                Assert.Equal(name.Replace('.', '_') + "_seconds_total", Name(namer, name, "s", MetricNameSuffix.Total));
            }
        }
    }

    [Fact]
    public void Name_unit_and_suffix_are_told_apart()
    {
        using var namer = new MetricNamer(OtlpTranslation.UnderscoreEscapingWithSuffixes);
        for (var round = 0; round < 2; round++)
        {
            Assert.Equal("b_c_a", Name(namer, "b.c", "a", MetricNameSuffix.None));
            Assert.Equal("c_ab", Name(namer, ".c", "ab", MetricNameSuffix.None));
            Assert.Equal("x_seconds", Name(namer, "x", "s", MetricNameSuffix.None));
            Assert.Equal("x_meters", Name(namer, "x", "m", MetricNameSuffix.None));
            Assert.Equal("x_ratio", Name(namer, "x", "1", MetricNameSuffix.Ratio));
            Assert.Equal("x_total", Name(namer, "x", "1", MetricNameSuffix.Total));
            Assert.Equal("x", Name(namer, "x", "1", MetricNameSuffix.None));
        }
    }

    private static string Name(MetricNamer namer, string name, string unit, MetricNameSuffix suffix) =>
        Encoding.UTF8.GetString(namer.NameOf(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(unit), suffix));
}
