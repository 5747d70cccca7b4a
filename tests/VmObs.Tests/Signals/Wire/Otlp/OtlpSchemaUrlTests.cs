using VmObs.Signals.Wire;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

/// <summary>Schema URLs, scope attributes and entity references are kept, whatever the signal.</summary>
public sealed class OtlpSchemaUrlTests
{
    private const string ResourceJson =
        """{"host.name":"brick-01","schema_url":"https://r","entities":[{"type":"host","id_keys":["host.name"],"description_keys":["os.type","os.version"],"schema_url":"https://e"},{"type":"service"}]}""";

    private const string ScopeJson = """{"name":"lib","attributes":{"short":"l"},"schema_url":"https://s"}""";

    [Fact]
    public void Log_documents_have_them() =>
        Assert.Contains(
            $"\"resource\":{ResourceJson},\"scope\":{ScopeJson}}}\n", Wiring.Logs(OtlpWriter.Protobuf(writer => writer.Logs(Group(new OtlpLog { Time = Wiring.Arrival })))));

    [Fact]
    public void Span_records_have_them()
    {
        var span = new OtlpSpan { TraceId = [.. Enumerable.Repeat((byte)1, 16)], SpanId = [.. Enumerable.Repeat((byte)2, 8)], Start = Wiring.Arrival, End = Wiring.Arrival };
        Assert.EndsWith($" | {ResourceJson} | {ScopeJson}\n", Wiring.Traces(OtlpWriter.Protobuf(writer => writer.Traces(Group(span)))));
    }

    [Fact]
    public void Series_have_the_scope_s_and_target_info_the_resource_s()
    {
        var rules = new IngestRules { OtlpTranslation = OtlpTranslation.UnderscoreEscapingWithSuffixes };
        var lines = Wiring.Metrics(
            OtlpWriter.Protobuf(writer => writer.Metrics(Group(new OtlpMetric("g", OtlpMetricType.Gauge, [new(Wiring.Arrival, 1L)])))), rules: rules).Split('\n');
        Assert.StartsWith("{__name__=\"g\",job=\"s\",node=\"brick-01\",otel_scope_name=\"lib\",otel_scope_schema_url=\"https://s\",otel_scope_short=\"l\",service=\"s\"} ", lines[0]);
        Assert.StartsWith(
            """{__name__="target_info",host_name="brick-01",job="s",node="brick-01",otel_resource_entities="[{"type":"host","id_keys":["host.name"],"description_keys":["os.type","os.version"],"schema_url":"https://e"},{"type":"service"}]",otel_resource_schema_url="https://r",schema_url="attribute",service="s"} """,
            lines[1]);
    }

    [Fact]
    public void A_scope_of_a_schema_url_alone_is_a_scope_and_a_resource_of_entities_alone_a_resource()
    {
        var group = new OtlpGroup<OtlpLog>([], [new OtlpLog()]) { ScopeSchemaUrl = "u", Entities = [new OtlpEntity("t", [], ["d"])] };
        Assert.Contains(
            """ "resource":{"entities":[{"type":"t","description_keys":["d"]}]},"scope":{"name":"","schema_url":"u"}}""".Trim(),
            Wiring.Logs(OtlpWriter.Protobuf(writer => writer.Logs(group))));
    }

    [Fact]
    public void A_schema_url_over_the_limit_is_a_refusal_of_each_record()
    {
        var rules = new IngestRules { MaxRecordBytes = 300 };
        foreach (var group in new[]
        {
            new OtlpGroup<OtlpLog>([], [new OtlpLog()]) { SchemaUrl = new string('u', 301) },
            new OtlpGroup<OtlpLog>([], [new OtlpLog()]) { ScopeSchemaUrl = new string('u', 301) },
            new OtlpGroup<OtlpLog>([], [new OtlpLog()]) { Entities = [.. Enumerable.Range(0, 30).Select(i => new OtlpEntity($"type{i}", [], []))] },
        })
            Assert.StartsWith("refused too_large=1", Wiring.Logs(OtlpWriter.Protobuf(writer => writer.Logs(group)), rules: rules));
    }

    private static OtlpGroup<T> Group<T>(T record) => new([new("service.name", "s"), new("host.name", "brick-01"), new("schema_url", "attribute")], [record])
    {
        SchemaUrl = "https://r",
        ScopeSchemaUrl = "https://s",
        Scope = new OtlpScope("lib") { Attributes = [new("short", "l")] },
        Entities = [new OtlpEntity("host", ["host.name"], ["os.type", "os.version"], "https://e"), new OtlpEntity("service", [], [])],
    };
}
