using System.Text;
using System.Text.Json;
using VmObs.Query.Documents;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;

namespace VmObs.Tests.Query.Documents;

public sealed class TraceDocumentTests
{
    private static readonly TestSpan Root = new(1, 0, "treasury_settlement", "portal", "portal-01", "2025-12-06T14:30:00Z", 2340)
    {
        Attributes = """{"http.method":"POST","http.status_code":200,"tags":["treasury","settlement"]}""",
    };

    private static readonly TestSpan Child = new(2, 1, "validate", "treasury-engine", "brick-01", "2025-12-06T14:30:00.100000001Z", 2245)
    {
        Kind = SpanKind.Client,
        Attributes = """{"tags":"anchor"}""",
    };

    [Fact]
    public void A_trace_is_written_as_the_SPEC_has_it()
    {
        var text = Write(Root, Child);
        Assert.Equal(
            """
            {"trace_id":"0102030405060708090a0b0c0d0e0f10","name":"treasury_settlement","start_time":"2025-12-06T14:30:00.000Z","end_time":"2025-12-06T14:30:02.345000001Z","duration_ms":2345.000001,"status":"ok","spans":[
            {"span_id":"0000000000000001","parent_span_id":null,"name":"treasury_settlement","service":"portal","node":"did:vm:node:portal-01","start_time":"2025-12-06T14:30:00.000Z","duration_ms":2340,"attributes":{"http.method":"POST","http.status_code":200,"tags":["treasury","settlement"]},"kind":"internal","status":"ok"},
            {"span_id":"0000000000000002","parent_span_id":"0000000000000001","name":"validate","service":"treasury-engine","node":"did:vm:node:brick-01","start_time":"2025-12-06T14:30:00.100000001Z","duration_ms":2245,"attributes":{"tags":"anchor"},"kind":"client","status":"ok"}],"tags":["treasury","settlement","anchor"]}
            """.Replace("\n", "", StringComparison.Ordinal),
            text);
    }

    [Fact]
    public void A_failed_span_makes_the_trace_an_error_and_its_further_parts_stand_after_the_SPECs_members()
    {
        var span = Child with
        {
            Status = SpanStatus.Error, StatusMessage = "no \"quorum\"", Events = """[{"name":"retry"}]""", Links = "[]",
            Resource = """{"host.name":"brick-01"}""", Scope = """{"name":"otel"}""",
        };
        using var document = JsonDocument.Parse(Write(Root, span));
        Assert.Equal("error", document.RootElement.GetProperty("status").GetString());
        var failed = document.RootElement.GetProperty("spans")[1];
        Assert.Equal(
            ["span_id", "parent_span_id", "name", "service", "node", "start_time", "duration_ms", "attributes", "kind", "status", "status_message", "events", "links", "resource", "scope"],
            failed.EnumerateObject().Select(member => member.Name));
        Assert.Equal("no \"quorum\"", failed.GetProperty("status_message").GetString());
        Assert.Equal("brick-01", failed.GetProperty("resource").GetProperty("host.name").GetString());
    }

    [Fact]
    public void Without_a_root_the_earliest_span_names_the_trace()
    {
        using var document = JsonDocument.Parse(Write(Child with { Id = 3, Name = "later", Start = "2025-12-06T14:30:01Z" }, Child));
        Assert.Equal("validate", document.RootElement.GetProperty("name").GetString());
    }

    [Fact]
    public void A_tag_stands_once_and_absent_attributes_are_an_empty_object()
    {
        using var document = JsonDocument.Parse(Write(Child, Child with { Id = 3 }, Child with { Id = 4, Attributes = "" }));
        Assert.Equal(["anchor"], document.RootElement.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal("{}", document.RootElement.GetProperty("spans")[2].GetProperty("attributes").GetRawText());
    }

    private static string Write(params TestSpan[] spans)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            TraceDocument.Write(writer, [.. spans.Select(span => span.ToRecord())]);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
