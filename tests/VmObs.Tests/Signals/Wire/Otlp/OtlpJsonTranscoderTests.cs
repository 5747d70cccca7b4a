using System.Text;
using VmObs.Signals.Ports;

namespace VmObs.Tests.Signals.Wire.Otlp;

public sealed class OtlpJsonTranscoderTests
{
    [Fact]
    public void Names_of_enumerations_either_base64_alphabet_unknown_members_and_null_are_read() =>
        Assert.Equal(
            """
            {node="unknown",service="unknown_service"} 1765031415123000000 Warn "level":"warn","service":"unknown_service","node":"did:vm:node:unknown","message":"é€𝄞�/","attributes":{"b":"+/8=","b2":"+/8=","n":1000,"nothing":null},"severity_number":13}

            """,
            Logs(
                """
                {"resourceLogs":[{"resource":null,"more":[{"x":[1]}],"scopeLogs":[{"logRecords":[{"timeUnixNano":1765031415123000000,"severityNumber":"SEVERITY_NUMBER_WARN",
                "time_unix_nano":5,"traceId":null,"body":{"stringValue":"\u00e9\u20AC\ud834\udd1e\ud834\/"},
                "attributes":[{"key":"b","value":{"bytesValue":"+/8="}},{"value":{"bytesValue":"-_8"},"key":"b2"},{"key":"n","value":{"intValue":1e3}},{"key":"nothing","value":{}}]}]}]}]}
                """));

    [Theory]
    [InlineData("", "request: at byte 0 expected well-formed JSON, found the end of the body")]
    [InlineData("[]", "request: at byte 0 expected an object, found an array")]
    [InlineData("{\"resourceLogs\":{}}", "resource_logs[0]: at byte 16 expected an array, found an object")]
    [InlineData("{\"resourceLogs\":[{\"scopeLogs\":[{},{\"logRecords\":[{\"timeUnixNano\":true}]}]}]}", "resource_logs[0].scope_logs[1].log_records[0].time_unix_nano: at byte 65 expected an integer of type Fixed64, found true")]
    [InlineData("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"flags\":-1}]}]}]}", "resource_logs[0].scope_logs[0].log_records[0].flags: at byte 55 expected an integer of type Fixed32, found -1")]
    [InlineData("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"traceId\":\"xyz\"}]}]}]}", "resource_logs[0].scope_logs[0].log_records[0].trace_id: at byte 57 expected a string of hexadecimal digits, found \"xyz\"")]
    [InlineData("{\n\"resourceLogs\":\n[{,}]}", "resource_logs[0]: at byte 20 expected well-formed JSON, found byte 0x2c")]
    [InlineData("{} {}", "request: at byte 3 expected well-formed JSON, found byte 0x7b")]
    [InlineData("{\"resourceLogs\":[1]}", "resource_logs[0]: at byte 17 expected an object, found 1")]
    public void Fault_is_named_with_its_place(string json, string expected) => Assert.Equal(expected, Logs(json));

    private static string Logs(string json) => Wiring.Logs(Encoding.UTF8.GetBytes(json), WireFormat.OtlpJson);
}
