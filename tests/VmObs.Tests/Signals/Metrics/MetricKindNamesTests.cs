using System.Text;
using VmObs.Signals.Metrics;

namespace VmObs.Tests.Signals.Metrics;

public sealed class MetricKindNamesTests
{
    [Fact]
    public void Numbers_and_names_stay_what_files_have() =>
        Assert.Equal(
            "0 unknown, 1 gauge, 2 counter, 3 updowncounter, 4 histogram, 5 summary, 6 delta_counter, 7 delta_histogram, 8 exponential_histogram, "
            + "9 delta_exponential_histogram, 10 info, 11 exemplar",
            string.Join(", ", Enum.GetValues<MetricKind>().Select(kind => $"{(byte)kind} {Encoding.ASCII.GetString(MetricKindNames.Of(kind))}")));

    [Fact]
    public void Every_kind_is_found_by_its_name_and_nothing_else_is()
    {
        foreach (var kind in Enum.GetValues<MetricKind>())
            Assert.Equal(kind, MetricKindNames.Parse(MetricKindNames.Of(kind)));
        Assert.Null(MetricKindNames.Parse("Gauge"u8));
        Assert.Null(MetricKindNames.Parse(""u8));
    }
}
