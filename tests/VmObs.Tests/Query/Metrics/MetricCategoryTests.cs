using VmObs.Query.Metrics;
using VmObs.Tests.Storage.Hours;

namespace VmObs.Tests.Query.Metrics;

public sealed class MetricCategoryTests
{
    [Theory]
    [InlineData("cpu_percent", "system")]
    [InlineData("open_file_descriptors", "system")]
    [InlineData("goroutines", "system")]
    [InlineData("node_network_route_flags", "system")]
    [InlineData("http_requests_total", "application")]
    [InlineData("http_request_duration_seconds_bucket", "application")]
    [InlineData("receipts_per_hour", "business")]
    [InlineData("oracle.queries", "business")]
    [InlineData("failed_logins_total", "security")]
    [InlineData("blocked_ips", "security")]
    [InlineData("mesh_route_latency_seconds", "mesh")]
    [InlineData("Capability_usage", "mesh")]
    [InlineData("reorder_buffer", "application")]
    [InlineData("", "application")]
    public void A_name_has_its_category(string name, string category) => Assert.Equal(category, MetricCategory.Of(MetricSeries.Key(("__name__", name))));

    [Theory]
    [InlineData("business", "business")]
    [InlineData("none of them", "system")]
    [InlineData("Business", "system")]
    public void A_label_that_is_one_wins(string label, string category) => Assert.Equal(category, MetricCategory.Of(MetricSeries.Key(("__name__", "cpu_percent"), ("category", label))));
}
