using System.Text;
using VmObs.Signals.Wire.PromText;

namespace VmObs.Tests.Signals.Wire.PromText;

public sealed class ExpositionReaderTests
{
    private const int Rounds = 1_000;

    [Fact]
    public void Text_of_the_format_s_own_page_is_read() => Assert.Equal(
        """
        HELP http_requests_total: The total number of HTTP requests.
        TYPE http_requests_total: counter
        {__name__="http_requests_total",method="post",code="200"} 1027 1395066363000
        {__name__="http_requests_total",method="post",code="400"} 3 1395066363000
        {__name__="msdos_file_access_time_seconds",path="C:\DIR\FILE.TXT",error="Cannot find file:↵"FILE.TXT""} 1458255915
        {__name__="metric_without_timestamp_and_labels"} 12.47
        {__name__="something_weird",problem="division by zero"} Infinity -3982045
        TYPE http_request_duration_seconds: histogram
        {__name__="http_request_duration_seconds_bucket",le="+Inf"} 144320

        """.ReplaceLineEndings("\n"),
        Read(
            """
            # HELP http_requests_total The total number of HTTP requests.
            # TYPE http_requests_total counter
            http_requests_total{method="post",code="200"} 1027 1395066363000
            http_requests_total{method="post",code="400"}    3 1395066363000
            # Escaping in label values:
            msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9
              metric_without_timestamp_and_labels 12.47
            something_weird {problem="division by zero",} +Inf -3982045

            # TYPE http_request_duration_seconds histogram
            http_request_duration_seconds_bucket{ le = "+Inf" } 144320
            """));

    [Theory]
    [InlineData("a NaN\nb -Inf\nc -inf\nd 0x1", "{__name__=\"a\"} NaN\n{__name__=\"b\"} -Infinity\n{__name__=\"c\"} -Infinity\nline 4: at byte 22 expected a value: a number, NaN, +Inf or -Inf, found 0x1\n")]
    [InlineData("{\"größe.m\",\"a b\"=\"c\"} 1", "{__name__=\"größe.m\",a b=\"c\"} 1\n")]
    [InlineData("a{b=\"\\x\"} 1", "{__name__=\"a\",b=\"\\x\"} 1\n")]
    [InlineData("a{} 1\r\nb 2 \n", "{__name__=\"a\"} 1\n{__name__=\"b\"} 2\n")]
    [InlineData("a", "line 1: at byte 1 expected a value: a number, NaN, +Inf or -Inf, found the end of the line\n")]
    [InlineData("ok 1\na{b} 1", "{__name__=\"ok\"} 1\nline 2: at byte 8 expected '=', found '}'\n")]
    [InlineData("a{b=c} 1", "line 1: at byte 4 expected '\"', found 'c'\n")]
    [InlineData("a{b=\"c} 1", "line 1: at byte 9 expected a label value's end, found the end of the line\n")]
    [InlineData("a{b=\"c\" d=\"e\"} 1", "line 1: at byte 8 expected ',' or '}', found 'd'\n")]
    [InlineData("a 1 soon", "line 1: at byte 4 expected a time in milliseconds, found soon\n")]
    [InlineData("a 1 2 3", "line 1: at byte 6 expected the end of the line, found '3'\n")]
    [InlineData("<html>", "line 1: at byte 0 expected a metric's name or '{', found '<'\n")]
    public void Line_is_read_or_says_what_is_wrong(string text, string expected) => Assert.Equal(expected, Read(text));

    [Theory]
    [InlineData("a_total 1 1.5 # {trace_id=\"x\"} 0.5 1.4\n# EOF\n", "{__name__=\"a_total\"} 1 1500 # {trace_id=\"x\"} 0.5 1400\n")]
    [InlineData("a 1 # {} 2\nb 1\n# EOF", "{__name__=\"a\"} 1 # {} 2\n{__name__=\"b\"} 1\n")]
    [InlineData("a 1 # x 2\n# EOF", "line 1: at byte 6 expected an exemplar's labels, found 'x'\n")]
    [InlineData("a 1 # {b} 2\n# EOF", "line 1: at byte 8 expected '=', found '}'\n")]
    [InlineData("a 1 # {b=\"c\"}\n# EOF", "line 1: at byte 13 expected an exemplar's value: a number, NaN, +Inf or -Inf, found the end of the line\n")]
    [InlineData("a 1 # {b=\"c\"} 2 soon\n# EOF", "line 1: at byte 16 expected an exemplar's time in seconds, found soon\n")]
    [InlineData("a 1 # {b=\"c\"} 2 3 4\n# EOF", "line 1: at byte 18 expected the end of the line, found '4'\n")]
    [InlineData("# UNIT a_seconds seconds\n# EOF", "UNIT a_seconds: seconds\n")]
    [InlineData("a 1\n", "{__name__=\"a\"} 1\nline 1: at byte 4 expected # EOF, found the end of the body\n")]
    [InlineData("a 1\n# EOF\nb 2\n", "{__name__=\"a\"} 1\nline 3: at byte 10 expected the end of the body after # EOF, found more\n")]
    public void OpenMetrics_has_seconds_exemplars_and_an_end(string text, string expected) => Assert.Equal(expected, Read(text, isOpenMetrics: true));

    [Fact]
    public void Any_bytes_end_with_samples_or_an_error()
    {
        var random = new Random(4);
        var alphabet = "a{}=\",\\ 1#\nTYPE NaN+Inf.e\té"u8.ToArray();
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = new byte[random.Next(40)];
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = random.Next(12) == 0 ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)];
            Assert.NotNull(Read(bytes, random.Next(2) == 0));
        }
    }

    [Fact]
    public void Reading_allocates_nothing()
    {
        var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(static i => $"# TYPE a{i} gauge\na{i}{{b=\"c\",d=\"e\\n\"}} {i}.5 {i}\n")));
        var samples = 0;
        for (var round = 0; round < 40; round++)
            samples = Count(body);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < Rounds; round++)
            samples = Count(body);
        Assert.Equal((500, 0), (samples, (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds));

        static int Count(byte[] body)
        {
            var reader = new ExpositionReader(body, isOpenMetrics: false);
            var count = 0;
            for (var line = reader.Next(); line != ExpositionLine.End; line = reader.Next())
                count += line == ExpositionLine.Sample ? 1 : 0;
            return count;
        }
    }

    private static string Read(string text, bool isOpenMetrics = false) => Read(Encoding.UTF8.GetBytes(text), isOpenMetrics);

    private static string Read(byte[] body, bool isOpenMetrics)
    {
        var text = new StringBuilder();
        var reader = new ExpositionReader(body, isOpenMetrics);
        for (var line = reader.Next(); line != ExpositionLine.End; line = reader.Next())
        {
            if (line == ExpositionLine.Metadata)
            {
                text.Append(Encoding.UTF8.GetString(reader.Keyword)).Append(' ').Append(Encoding.UTF8.GetString(reader.Family)).Append(": ").Append(Encoding.UTF8.GetString(reader.Text)).Append('\n');
                continue;
            }
            text.Append(Sample(reader.Series, reader.Value, reader.UnixMillis));
            text.Append(reader.Exemplar.IsEmpty ? "" : " # " + Sample(reader.Exemplar, reader.ExemplarValue, reader.ExemplarUnixMillis)).Append('\n');
        }
        return text.Append(reader.Error is { } error ? error + "\n" : "").ToString();
    }

    private static string Sample(ReadOnlySpan<byte> series, double value, long? unixMillis)
    {
        var labels = new List<KeyValuePair<string, string>>();
        SeriesText.Read(series, labels);
        var text = string.Join(',', labels.Select(static label => $"{label.Key}=\"{label.Value.Replace('\n', '↵')}\""));
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{{{text}}} {value:R}{(unixMillis is { } millis ? $" {millis}" : "")}");
    }
}
