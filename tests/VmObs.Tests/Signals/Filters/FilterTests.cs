using System.Text;
using VmObs.Signals.Filters;
using Xunit;

namespace VmObs.Tests.Signals.Filters;

/// <summary>The filter language: what matches, what does not, and what is said of what cannot be read.</summary>
public sealed class FilterTests
{
    private const string Batch = """
        {"type":"obs_log_batch","log_counts":{"trace":0,"error":12,"fatal":0},"services_reporting":["guardian","treasury"],"big":"9007199254740993",
        "timestamp":"2025-12-06T14:00:00Z","overall_status":"at_risk","slos":[{"slo_id":"a","status":"met"},{"slo_id":"b","status":"missed"}],"none":null}
        """;

    private const string Log = """
        {"log_id":"log:guardian:1","timestamp":"2025-12-06T14:30:15.123Z","level":"warn","service":"guardian","node":"did:vm:node:brick-01",
        "message":"Anchor \"cycle\" failed – retry","attributes":{"http.status_code":500,"http":{"method":"GET"},"duration_ms":1234,"cached":false,"wait":"1m30s","attempt":"3"}}
        """;

    [Theory]
    // SPEC 4.
    [InlineData("log_counts.error > 0", true)]
    [InlineData("log_counts.fatal > 0", false)]
    [InlineData("overall_status != 'healthy'", true)]
    [InlineData("overall_status != 'at_risk'", false)]
    // Arrays: any element.
    [InlineData("services_reporting == 'treasury'", true)]
    [InlineData("services_reporting == 'portal'", false)]
    [InlineData("services_reporting != 'treasury'", false)]
    [InlineData("services_reporting IN ['portal', 'guardian']", true)]
    [InlineData("slos.status == 'missed' AND slos.slo_id == \"a\"", true)]
    [InlineData("slos.status == 'late'", false)]
    // Numbers that receipts spell as texts.
    [InlineData("big > 9007199254740000", true)]
    [InlineData("big < 0", false)]
    // Absent and null.
    [InlineData("nothing == 'x'", false)]
    [InlineData("nothing != 'x'", true)]
    [InlineData("nothing > 1 OR nothing <= 1", false)]
    [InlineData("exists log_counts.error", true)]
    [InlineData("exists(log_counts)", true)]
    [InlineData("exists nothing OR exists none", false)]
    [InlineData("none == null AND nothing == null AND type != null", true)]
    // Times in order of time, whatever their spelling.
    [InlineData("timestamp >= '2025-12-06T15:00:00+01:00'", true)]
    [InlineData("timestamp > '2025-12-06T14:00:00.000Z'", false)]
    [InlineData("timestamp > '2025-12-01'", true)]
    // Precedence: NOT, then AND, then OR.
    [InlineData("true OR false AND false", true)]
    [InlineData("(true OR false) AND false", false)]
    [InlineData("NOT type == 'x' AND true", true)]
    [InlineData("!(type = 'obs_log_batch' && true)", false)]
    [InlineData("false || not not true", true)]
    public void Receipt_is_matched(string text, bool matches) => Assert.Equal(matches, Read(text).Matches(Encoding.UTF8.GetBytes(Batch)));

    [Theory]
    [InlineData("level >= 'warn'", true)]
    [InlineData("level >= 'error'", false)]
    [InlineData("level < 'ERROR' AND level > 'debug'", true)]
    [InlineData("level IN ('warn', 'fatal')", true)]
    // A path that the document does not have is looked for in its attributes; a dot is a member or part of a name.
    [InlineData("http.status_code >= 500", true)]
    [InlineData("attributes.http.status_code == 500", true)]
    [InlineData("attributes.http.status_code == '500'", true)]
    [InlineData("http.method == 'GET'", true)]
    [InlineData("attributes.`http.method` == 'GET'", false)]
    [InlineData("cached == false AND NOT cached == true", true)]
    [InlineData("attempt == 3 AND attempt < 4", true)]
    // Durations in the unit that the name says, or as texts.
    [InlineData("duration_ms > 1s", true)]
    [InlineData("duration_ms == 1s234ms", true)]
    [InlineData("duration_ms > 1235", false)]
    // Patterns are found anywhere unless they say otherwise; escapes of the document are undone.
    [InlineData("message =~ '\"cycle\" (failed|broke)'", true)]
    [InlineData("message =~ '^cycle'", false)]
    [InlineData("message !~ 'failed'", false)]
    [InlineData("message =~ 'retry$' AND log_id =~ '^log:\\w+:\\d$'", true)]
    [InlineData("http.status_code =~ '^5..$'", true)]
    [InlineData("service NOT IN ['portal'] AND service not in ['treasury']", true)]
    public void Log_is_matched(string text, bool matches) => Assert.Equal(matches, Read(text).Matches(Encoding.UTF8.GetBytes(Log)));

    [Theory]
    [InlineData("log_counts.error >", 19, "the end", null)]
    [InlineData("status == error", 11, "error", "'error'")]
    [InlineData("level >= 'eror'", 10, "'eror'", "'error'")]
    [InlineData("80 < cpu_percent", 1, "80", "cpu_percent > 80")]
    [InlineData("level:error", 12, "the end", "level == 'error'")]
    [InlineData("message like 'x'", 9, "like", "=~")]
    [InlineData("a == 1, b == 2", 7, ",", "AND")]
    [InlineData("(a == 1", 8, "the end", null)]
    [InlineData("a == 1)", 7, ")", null)]
    [InlineData("a IN 'x'", 6, "'x'", null)]
    [InlineData("a IN ['x'", 10, "the end", null)]
    [InlineData("a =~ '('", 6, "'('", null)]
    [InlineData("a =~ 5", 6, "5", null)]
    [InlineData("a > true", 5, "true", null)]
    [InlineData("size > 5m", 8, "5m", null)]
    [InlineData("a == 'open", 6, "'open", null)]
    [InlineData("a. == 1", 4, "==", null)]
    [InlineData("", 1, "the end", null)]
    [InlineData("a == 1 b == 2", 8, "b", null)]
    [InlineData("a == 10XB", 6, "10XB", null)]
    [InlineData("duration_ms > 1.234s", 15, "1.234s", null)]
    public void Error_names_place_and_what_was_meant(string text, int column, string got, string? suggestion)
    {
        Assert.False(Filter.TryParse(text, out var filter, out var error));
        Assert.Null(filter);
        Assert.Equal((column, got, suggestion), (error.Column, error.Got, error.Suggestion));
        Assert.StartsWith($"column {column}: got {got}, want ", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_and_length_are_bounded()
    {
        Assert.True(Filter.TryParse(new string('(', 60) + "true" + new string(')', 60), out _, out _));
        Assert.False(Filter.TryParse(new string('(', 10_000) + "true", out _, out _));
        Assert.False(Filter.TryParse(string.Concat(Enumerable.Repeat("NOT ", 3000)) + "true", out _, out _));
        Assert.False(Filter.TryParse(string.Join(" OR ", Enumerable.Repeat("a==1", 2000)), out _, out _));
        Assert.False(Filter.TryParse(new string('a', Filter.MaxLength + 1), out _, out _));
        Assert.False(Filter.TryParse(string.Join('.', Enumerable.Repeat("a", 17)) + " == 1", out _, out _));
        Assert.False(Filter.TryParse("a =~ '" + string.Concat(Enumerable.Repeat("(a{1000}){1000}", 5)) + "'", out _, out var error));
        Assert.Contains("RE2", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_must_be_equal_is_told()
    {
        var required = Read("service == 'guardian' AND (a == 'x' OR b == 'y') AND level == 'error' AND NOT c == 'z' AND d IN ['only'] AND e == 'sa\"y' AND f > 'g'").Required;
        Assert.Equal([new("service", "guardian"), new("level", "error"), new("d", "only")], required);
        Assert.Empty(Read("service == 'a' OR service == 'b'").Required);
    }

    [Fact]
    public void Document_of_another_kind_answers_for_itself()
    {
        var trace = new TwoSpans();
        Assert.True(Read("service IN ['treasury'] AND duration_ms > 5000").Matches(trace));
        Assert.False(Read("service == 'identity'").Matches(trace));
        Assert.True(Read("level == null").Matches(trace));
    }

    private static Filter Read(string text)
    {
        Assert.True(Filter.TryParse(text, out var filter, out var error), error?.ToString());
        return filter;
    }

    private sealed class TwoSpans : IFilterDocument
    {
        public bool Any(FilterPath path, FilterTest test) => path.Text switch
        {
            "service" => test.Accepts(FilterValue.OfText("portal"u8)) || test.Accepts(FilterValue.OfText("treasury"u8)),
            "duration_ms" => test.Accepts(FilterValue.OfNumber(5001)),
            _ => false,
        };
    }
}
