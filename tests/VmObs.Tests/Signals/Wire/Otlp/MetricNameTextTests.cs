using VmObs.Signals.Wire;
using VmObs.Signals.Wire.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

/// <summary>The names that Prometheus gives, case by case.</summary>
public sealed class MetricNameTextTests
{
    [Theory]
    [InlineData("http.server.request.duration", "s", "None", "http_server_request_duration_seconds")]
    [InlineData("http.server.active_requests", "{request}", "None", "http_server_active_requests")]
    [InlineData("requests", "", "Total", "requests_total")]
    [InlineData("requests_total", "", "Total", "requests_total")]
    [InlineData("total.requests", "", "Total", "requests_total")]
    [InlineData("items", "1", "Total", "items_total")]
    [InlineData("system.cpu.utilization", "1", "Ratio", "system_cpu_utilization_ratio")]
    [InlineData("cache.ratio.hits", "1", "Ratio", "cache_hits_ratio")]
    [InlineData("system.cpu.utilization", "1", "None", "system_cpu_utilization")]
    [InlineData("queue", "1", "None", "queue")]
    [InlineData("process.cpu.time", "s", "Total", "process_cpu_time_seconds_total")]
    [InlineData("response_time_seconds", "s", "Ratio", "response_time_seconds")]
    [InlineData("system.network.io", "By", "Total", "system_network_io_bytes_total")]
    [InlineData("throughput", "By/s", "Ratio", "throughput_bytes_per_second")]
    [InlineData("rate", "1/s", "Ratio", "rate_per_second")]
    [InlineData("speed", "m/m", "Ratio", "speed_meters_per_minute")]
    [InlineData("fan.speed", "{rpm}", "Ratio", "fan_speed")]
    [InlineData("x", "By/{op}", "Ratio", "x_bytes")]
    [InlineData("x", "{op}/s", "Ratio", "x_per_second")]
    [InlineData("disk", "GiBy", "Ratio", "disk_gibibytes")]
    [InlineData("temp", "Cel", "Ratio", "temp_celsius")]
    [InlineData("battery", "%", "Ratio", "battery_percent")]
    [InlineData("battery.percent", "%", "Ratio", "battery_percent")]
    [InlineData("odd", "ft.lbs", "Ratio", "odd_ft_lbs")]
    [InlineData("odd", "a//b!", "Ratio", "odd_a_per_b")]
    [InlineData("odd", " s / !", "Ratio", "odd_seconds")]
    [InlineData("a__b..c", "", "Ratio", "a_b_c")]
    [InlineData("_private.", "", "Ratio", "private")]
    [InlineData("rule:sum", "", "Ratio", "rule:sum")]
    [InlineData("2xx", "", "Total", "_2xx_total")]
    [InlineData("größe", "By", "Ratio", "gr_e_bytes")]
    [InlineData("ようこそ", "", "Ratio", "")]
    [InlineData("ようこそ", "s", "Ratio", "seconds")]
    [InlineData("___", "", "Ratio", "")]
    public void Underscores_with_suffixes(string name, string unit, string suffix, string expected) =>
        Assert.Equal(expected, Translate(name, unit, suffix, OtlpTranslation.UnderscoreEscapingWithSuffixes));

    [Theory]
    [InlineData("http.server.request.duration", "s", "None", "http_server_request_duration")]
    [InlineData("requests", "1", "Total", "requests")]
    [InlineData("metric@@##$$name", "", "Ratio", "metric_name")]
    [InlineData("a__b", "", "Ratio", "a__b")]
    [InlineData("1st", "", "Ratio", "_1st")]
    [InlineData("@_#_$_%", "", "Ratio", "")]
    [InlineData("__", "", "Ratio", "__")]
    public void Underscores_without_suffixes(string name, string unit, string suffix, string expected) =>
        Assert.Equal(expected, Translate(name, unit, suffix, OtlpTranslation.UnderscoreEscapingWithoutSuffixes));

    [Theory]
    [InlineData("http.server.request.duration", "s", "None", "http.server.request.duration_seconds")]
    [InlineData("request.duration.seconds", "s", "None", "request.duration.seconds")]
    [InlineData("otelcol_process_cpu_seconds", "s", "Total", "otelcol_process_cpu_seconds_total")]
    [InlineData("cpu_seconds_total", "s", "Total", "cpu_seconds_total")]
    [InlineData("cpu_usage_ratio", "1", "Ratio", "cpu_usage_ratio")]
    [InlineData("io.per_second", "By/s", "Ratio", "io_bytes_per_second")]
    [InlineData("total", "", "Total", "total_total")]
    [InlineData("ようこそ", "%", "Ratio", "ようこそ_percent")]
    public void Characters_as_they_came_with_suffixes(string name, string unit, string suffix, string expected) =>
        Assert.Equal(expected, Translate(name, unit, suffix, OtlpTranslation.NoUTF8EscapingWithSuffixes));

    private static string Translate(string name, string unit, string suffix, OtlpTranslation translation) =>
        MetricNameText.Translate(name, unit, Enum.Parse<MetricNameSuffix>(suffix), translation);
}
