using System.Text;
using VmObs.Signals;
using VmObs.Signals.Decoding;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Signals.Wire.ElasticBulk;

public sealed class BulkReaderTests
{
    [Fact]
    public void Documents_of_create_and_index_are_taken_and_each_item_is_answered()
    {
        var text = Wiring.Logs(JsonBodies.Bulk, WireFormat.ElasticBulk);
        Assert.Contains("{node=\"brick-01\",service=\"web\"} 1765031415000000000 Warn", text, StringComparison.Ordinal);
        Assert.Contains("1765031416000000000 Info", text, StringComparison.Ordinal);
        Assert.EndsWith("refused unsupported_type=1: line 5: got \"delete\", want create or index: records are not changed\n", text, StringComparison.Ordinal);
        Assert.Equal(
            """
            {"create":{"_index":"logs-web","_id":"1765031415123000000-0","_version":1,"result":"created","status":201}}
            {"index":{"_index":"logs-web","_id":"7","_version":1,"result":"created","status":201}}
            {"delete":{"_index":"logs-web","_id":"7","status":400,"error":{"type":"illegal_argument_exception","reason":"unsupported_type: only create and index are taken, records are not changed"}}}

            """,
            Answer(JsonBodies.Bulk));
    }

    [Theory]
    [InlineData("{\"a\":}", "malformed_record")]
    [InlineData("[1]", "malformed_record")]
    [InlineData("{} {}", "malformed_record")]
    [InlineData("{\"@timestamp\":\"soon\"}", "invalid_timestamp")]
    [InlineData("{\"@timestamp\":\"2035-12-06T14:30:15Z\"}", "too_far_ahead")]
    public void Bad_document_is_refused_alone(string document, string reason)
    {
        var body = JsonBodies.Utf8("{\"create\":{}}\n" + document + "\n\n{\"create\":{}}\n{\"message\":\"b\"}");
        Assert.Contains("\"message\":\"b\"", Wiring.Logs(body, WireFormat.ElasticBulk), StringComparison.Ordinal);
        var items = Answer(body).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, items.Length);
        Assert.Contains("\"status\":400,\"error\":{\"type\":\"document_parsing_exception\",\"reason\":\"" + reason, items[0], StringComparison.Ordinal);
        Assert.Contains("\"status\":201", items[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"create\":{}}\n", "line 2: at byte 14 expected the action's document, found the end of the body")]
    [InlineData("{\"message\":\"x\"}\n{}\n", "line 1: at byte 0 expected an action: {\"create\":{…}}, index, update or delete, found another object")]
    [InlineData("{\"create\":{}}\n{}\n{\"merge\":{}}\n{}", "line 3: at byte 17 expected an action: {\"create\":{…}}, index, update or delete, found another object")]
    [InlineData("{\"create\":{}}\n{}\n{\"create\":\n{}", "line 3: at byte 27 expected a value, found the end")]
    public void Line_that_is_no_action_is_an_error_of_the_body(string body, string expected) =>
        Assert.Equal(expected, Wiring.Logs(JsonBodies.Utf8(body), WireFormat.ElasticBulk));

    [Fact]
    public void Document_over_the_limit_is_refused_alone()
    {
        var text = Wiring.Logs(
            JsonBodies.Utf8($"{{\"create\":{{}}}}\n{{\"message\":\"{new string('x', 2000)}\"}}\n{{\"create\":{{}}}}\n{{\"message\":\"b\"}}"), WireFormat.ElasticBulk, new IngestRules { MaxRecordBytes = 1000 });
        Assert.Contains("\"message\":\"b\"", text, StringComparison.Ordinal);
        Assert.Contains("refused too_large=1", text, StringComparison.Ordinal);
    }

    private static string Answer(byte[] body)
    {
        using var batch = new LogBatch();
        Assert.Null(new RequestDecoder(new IngestRules()).TryDecode(Wiring.Request(Signal.Logs, WireFormat.ElasticBulk, body), batch));
        return Encoding.UTF8.GetString(batch.Answer.WrittenSpan).ReplaceLineEndings();
    }
}
