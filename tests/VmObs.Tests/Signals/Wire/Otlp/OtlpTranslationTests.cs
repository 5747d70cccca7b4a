using VmObs.Signals.Wire;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

/// <summary>OTLP metrics as series of Prometheus: names, labels, target_info.</summary>
public sealed class OtlpTranslationTests
{
    private const ulong Now = Wiring.Arrival;

    private static readonly OtlpAttribute[] Resource =
        [new("service.name", "guardian"), new("service.namespace", "vault"), new("service.instance.id", "i-1"), new("host.name", "brick-01"), new("os.type", "linux")];

    private static readonly OtlpMetric Calls =
        new("rpc.calls", OtlpMetricType.Sum, [new(Now, 7L) { Attributes = [new("rpc.method", "Get"), new("status", 200L)] }]) { Monotonic = true, Unit = "{call}" };

    [Fact]
    public void By_default_names_are_prometheus_names() =>
        Assert.Equal(
            """
            {__name__="rpc_calls_total",instance="i-1",job="vault/guardian",node="brick-01",otel_scope_name="lib",otel_scope_short_name="l",otel_scope_version="1.2",rpc_method="Get",service="guardian",status="200"} Counter {call} 1765031415123000000 7
            {__name__="target_info",host_name="brick-01",instance="i-1",job="vault/guardian",node="brick-01",os_type="linux",service="guardian"} Info  1765031415123000000 1

            """,
            Decode(OtlpTranslation.UnderscoreEscapingWithSuffixes, new OtlpScope("lib", "1.2") { Attributes = [new("short.name", "l")] }));

    [Theory]
    [InlineData(OtlpTranslation.UnderscoreEscapingWithoutSuffixes, "rpc_calls", "rpc_method", "host_name")]
    [InlineData(OtlpTranslation.NoUTF8EscapingWithSuffixes, "rpc.calls_total", "rpc.method", "host.name")]
    [InlineData(OtlpTranslation.NoTranslation, "rpc.calls", "rpc.method", "host.name")]
    public void Other_strategies_name_otherwise(OtlpTranslation translation, string name, string method, string host)
    {
        var lines = Decode(translation).Split('\n');
        Assert.StartsWith($"{{__name__=\"{name}\",", lines[0]);
        Assert.Contains($",{method}=\"Get\",", lines[0]);
        Assert.StartsWith($"{{__name__=\"target_info\",{host}=\"brick-01\",", lines[1]);
    }

    [Fact]
    public void Requests_from_before_translation_are_read_as_they_were_then() =>
        Assert.Equal(
            "{__name__=\"rpc.calls\",node=\"brick-01\",rpc.method=\"Get\",service=\"guardian\",status=\"200\"} Counter {call} 1765031415123000000 7\n",
            Decode(OtlpTranslation.AsSent, new OtlpScope("lib", "1.2")));

    [Fact]
    public void Attributes_of_one_name_are_one_label_in_the_order_of_their_keys()
    {
        var point = new OtlpPoint(Now, 1L)
        {
            Attributes = [new("a_b", "third"), new("a.b", "old"), new("a-b", "first"), new("c", "alone"), new("a.b", 2L), new("a/b", "")],
        };
        Assert.Contains(",a_b=\"first;2;;third\",c=\"alone\",", Decode(new OtlpGroup<OtlpMetric>(Resource, [new OtlpMetric("g", OtlpMetricType.Gauge, [point])])));
    }

    [Fact]
    public void What_identifies_the_resource_and_the_scope_wins_over_attributes_and_those_over_promoted_ones()
    {
        var rules = new IngestRules { OtlpTranslation = OtlpTranslation.UnderscoreEscapingWithSuffixes, PromoteResourceAttributes = ["os.type", "cloud.region", "service.name", "absent"] };
        var point = new OtlpPoint(Now, 1L) { Attributes = [new("job", "x"), new("instance", "x"), new("otel.scope.name", "x"), new("node", "x"), new("os.type", "own")] };
        var group = new OtlpGroup<OtlpMetric>([.. Resource, new("cloud.region", "eu-west")], [new OtlpMetric("g", OtlpMetricType.Gauge, [point])]) { Scope = new OtlpScope("lib") };
        Assert.StartsWith(
            "{__name__=\"g\",cloud_region=\"eu-west\",instance=\"i-1\",job=\"vault/guardian\",node=\"brick-01\",os_type=\"own\",otel_scope_name=\"lib\",service=\"guardian\",service_name=\"guardian\"} ",
            Decode(rules, group));
    }

    [Fact]
    public void A_resource_that_only_identifies_itself_has_no_target_info_and_a_namespace_alone_no_job()
    {
        OtlpMetric[] metrics = [new("g", OtlpMetricType.Gauge, [new(Now, 1L)])];
        Assert.Equal(
            "{__name__=\"g\",instance=\"i\",node=\"i\",service=\"unknown_service\"} Gauge  1765031415123000000 1\n",
            Decode(new OtlpGroup<OtlpMetric>([new("service.namespace", "vault"), new("service.instance.id", "i")], metrics)));
    }

    [Fact]
    public void Target_info_is_one_a_resource_at_its_latest_sample_and_not_without_samples()
    {
        OtlpMetric[] two = [new("g", OtlpMetricType.Gauge, [new(Now + 2, 1L), new(Now + 1, 1L)]), new("", OtlpMetricType.Gauge, [new(Now + 3, 1L)])];
        var text = Decode(
            new OtlpGroup<OtlpMetric>(Resource, two),
            new OtlpGroup<OtlpMetric>(Resource, two),
            new OtlpGroup<OtlpMetric>([.. Resource, new("host.name", "brick-02")], []));
        Assert.Single(text.Split('\n'), line => line.StartsWith("{__name__=\"target_info\"", StringComparison.Ordinal) && line.EndsWith(" 1765031415123000002 1", StringComparison.Ordinal));
        Assert.DoesNotContain("brick-02", text);
    }

    [Fact]
    public void A_long_value_is_cut_in_target_info_and_too_many_attributes_are_a_refusal()
    {
        OtlpMetric[] one = [new("g", OtlpMetricType.Gauge, [new(Now, 1L)])];
        var rules = new IngestRules { OtlpTranslation = OtlpTranslation.UnderscoreEscapingWithSuffixes, MaxLabelBytes = 12, MaxLabels = 7 };
        Assert.Contains(
            "{__name__=\"target_info\",command=\"12345678901\",job=\"s\",node=\"unknown\",service=\"s\"}",
            Decode(rules, new OtlpGroup<OtlpMetric>([new("service.name", "s"), new("command", "12345678901äxx")], one)));
        Assert.EndsWith(
            "refused invalid_labels=1: target_info of \"s\": its resource has over 7 attributes, the most that one series may have as labels, or one whose name is over 12 bytes or has no letter\n",
            Decode(rules, new OtlpGroup<OtlpMetric>([new("service.name", "s"), .. Enumerable.Range(0, 6).Select(i => new OtlpAttribute($"a{i}", "x"))], one)));
    }

    [Theory]
    [InlineData("os.type", "otherwise", "")]
    [InlineData("otherwise", "l", "")]
    [InlineData("otherwise", "otherwise", "instance")]
    public void Labels_of_resource_and_scope_that_break_a_limit_refuse_each_point(string promoted, string scopeAttribute, string identity)
    {
        const string Long = "12345678901234567890123456";
        var rules = new IngestRules { OtlpTranslation = OtlpTranslation.UnderscoreEscapingWithSuffixes, PromoteResourceAttributes = [promoted], MaxLabelBytes = 25 };
        var point = new OtlpPoint(Now, 1L);
        var group = new OtlpGroup<OtlpMetric>(
            [new("service.name", "s"), new("os.type", Long), new("service.instance.id", identity.Length > 0 ? Long : "i")], [new OtlpMetric("g", OtlpMetricType.Gauge, [point, point])])
        {
            Scope = new OtlpScope("lib") { Attributes = [new(scopeAttribute, scopeAttribute == "l" ? Long : "x")] },
        };
        Assert.StartsWith("refused invalid_labels=2: metric \"g\" of \"s\": a label has no name, or is over 25 bytes", Decode(rules, group));
    }

    [Fact]
    public void Names_without_a_letter_are_refused()
    {
        var text = Decode(new OtlpGroup<OtlpMetric>(Resource, [new("字", OtlpMetricType.Gauge, [new(Now, 1L)]), new("g", OtlpMetricType.Gauge, [new(Now, 1L) { Attributes = [new("字", "x")] }])]));
        Assert.Equal(
            "refused invalid_metric_name=1 invalid_labels=1: metric \"字\" of \"guardian\": got a name without a letter or digit of ASCII, want one, or otlp.translation_strategy: NoTranslation\n", text);
    }

    private static string Decode(OtlpTranslation translation, OtlpScope? scope = null) =>
        Decode(new IngestRules { OtlpTranslation = translation }, new OtlpGroup<OtlpMetric>(Resource, [Calls]) { Scope = scope });

    private static string Decode(params OtlpGroup<OtlpMetric>[] groups) =>
        Decode(new IngestRules { OtlpTranslation = OtlpTranslation.UnderscoreEscapingWithSuffixes }, groups);

    private static string Decode(IngestRules rules, params OtlpGroup<OtlpMetric>[] groups) =>
        Wiring.Metrics(OtlpWriter.Protobuf(writer => writer.Metrics(groups)), rules: rules);
}
