using System.IO.Compression;
using System.Text;
using VmObs.Import;
using VmObs.Signals.Ports;
using VmObs.Tests.Signals.Wire;
using VmObs.Tests.Support;

namespace VmObs.Tests.Import;

public sealed class FileImportTests
{
    private const int Lines = 40_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Import_cut_short_anywhere_goes_on_with_the_next_line(bool isCompressed)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, isCompressed ? "a.ndjson.gz" : "a.ndjson");
        await WriteAsync(file, string.Concat(Enumerable.Range(0, Lines).Select(static i => $"{{\"msg\":\"line {i}, padded to some length so that there are several requests\"}}\n")), isCompressed);
        var taken = new List<string>();
        for (var allowed = 1; ; allowed++)
        {
            var target = new Target(allowed);
            var import = new FileImport(file, null, file + ".state", target);
            try
            {
                await import.RunAsync(TestContext.Current.CancellationToken);
            }
            catch (ImportRefusedException)
            {
                Assert.False(import.State.IsComplete);
            }
            taken.AddRange(target.Bodies.SelectMany(static body => body.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
            if (import.State.IsComplete)
                break;
        }
        Assert.Equal(Enumerable.Range(0, Lines).Select(static i => $"{{\"msg\":\"line {i}, padded to some length so that there are several requests\"}}"), taken);
        var again = new Target(0);
        await new FileImport(file, null, file + ".state", again).RunAsync(TestContext.Current.CancellationToken);
        Assert.Empty(again.Bodies);
    }

    [Fact]
    public async Task Each_line_of_otlp_goes_where_its_signal_does()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "otlp.json");
        await WriteAsync(file, "{\"resourceSpans\":[]}\r\n\n{\"resourceMetrics\":[]}\n{\"resourceLogs\":[]}", isCompressed: false);
        var target = new Target(9);
        await new FileImport(file, null, file + ".state", target).RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(["/v1/traces", "/v1/metrics", "/v1/logs"], target.Paths);
        Assert.Equal("{\"resourceLogs\":[]}", target.Bodies[2]);
    }

    [Theory]
    [InlineData("text\n", "got a beginning that is neither a JSON object nor")]
    [InlineData("{\"resourceSpans\":[]}\n{\"else\":1}\n", "line 2: got a line that does not begin with")]
    public async Task File_of_no_known_format_is_refused(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "x");
        await WriteAsync(file, content, isCompressed: false);
        var error = await Assert.ThrowsAsync<FormatException>(() => new FileImport(file, null, file + ".state", new Target(9)).RunAsync(TestContext.Current.CancellationToken));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenMetrics_cut_short_goes_on_with_the_next_line_and_the_family_it_is_in()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "x.om");
        var samples = string.Concat(Enumerable.Range(0, 25_000).Select(static i => $"rpc_total{{node=\"n{i % 3}\"}} {i} {1765000000 + i}.5\n"));
        await WriteAsync(file, "# HELP rpc calls\n# TYPE rpc counter\n" + samples + "# EOF\n", isCompressed: false);
        var bodies = new List<byte[]>();
        for (var complete = false; !complete;)
        {
            var target = new Target(1);
            var import = new FileImport(file, null, file + ".state", target);
            await import.RunAsync(TestContext.Current.CancellationToken).ContinueWith(static _ => { }, TaskScheduler.Default);
            bodies.AddRange(target.Raw);
            complete = import.State.IsComplete;
            Assert.True(complete || target.Raw.Count == 1);
        }
        Assert.Equal(3, bodies.Count);
        var lines = bodies.SelectMany(static body => Wiring.Metrics(body, WireFormat.RemoteWrite1).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(Enumerable.Range(0, 25_000).Select(static i => $"{{__name__=\"rpc_total\",node=\"n{i % 3}\",service=\"unknown_service\"}} Counter  {1765000000 + i}500000000 {i}"),
            lines.Where(static line => line[0] == '{'));
    }

    [Fact]
    public async Task OpenMetrics_brings_its_exemplars()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "x.om");
        await WriteAsync(file, "# TYPE rpc counter\nrpc_total 3 1765000000 # {user=\"7\"} 0.5 1764999999.5\nrpc_total 4 1765000015 # {} 1\n# EOF\n", isCompressed: false);
        var target = new Target(9);
        await new FileImport(file, null, file + ".state", target).RunAsync(TestContext.Current.CancellationToken);
        var text = Wiring.Metrics(Assert.Single(target.Raw), WireFormat.RemoteWrite1);
        Assert.Contains("{__name__=\"rpc_total_exemplars\",node=\"unknown\",service=\"unknown_service\"} Exemplar  1764999999500000000 0.5 {\"exemplars\":[{\"timestamp\":\"2025-12-06T05:46:39.500Z\",\"value\":0.5,\"labels\":{\"user\":\"7\"}}]}", text, StringComparison.Ordinal);
        Assert.Contains("Exemplar  1765000015000000000 1 {", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# TYPE a gauge\na 1\n# EOF\n", "line 2: got a without a time, want one behind its value")]
    [InlineData("# TYPE a gauge\na 1 1\n", "line 3: got the end of the file, want # EOF")]
    [InlineData("# TYPE a gauge\n# EOF\na 1 1\n", "line 3: got a line behind # EOF")]
    [InlineData("# TYPE a gauge\na{b=1} 1 1\n# EOF\n", "line 2: at byte 4 expected")]
    public async Task OpenMetrics_that_is_none_is_refused_with_its_line(string content, string expected)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "x.om");
        await WriteAsync(file, content, isCompressed: false);
        var error = await Assert.ThrowsAsync<FormatException>(() => new FileImport(file, null, file + ".state", new Target(9)).RunAsync(TestContext.Current.CancellationToken));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_file_of_the_same_name_is_not_taken_for_the_rest_of_the_first()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "x");
        await WriteAsync(file, "{\"msg\":\"a\"}\n", isCompressed: false);
        await new FileImport(file, null, file + ".state", new Target(9)).RunAsync(TestContext.Current.CancellationToken);
        await WriteAsync(file, "{\"msg\":\"b\"}\n", isCompressed: false);
        await Assert.ThrowsAsync<FormatException>(() => new FileImport(file, null, file + ".state", new Target(9)).RunAsync(TestContext.Current.CancellationToken));
    }

    private static async Task WriteAsync(string file, string content, bool isCompressed)
    {
        await using Stream stream = isCompressed ? new GZipStream(File.Create(file), CompressionLevel.Fastest) : File.Create(file);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(content), TestContext.Current.CancellationToken);
    }

    /// <summary>Takes so many requests and refuses the next.</summary>
    private sealed class Target(int allowed) : IImportTarget
    {
        public List<string> Bodies { get; } = [];

        public List<byte[]> Raw { get; } = [];

        public List<string> Paths { get; } = [];

        public Task<ImportAnswer> SendAsync(ImportBatch batch, CancellationToken cancellationToken)
        {
            if (Bodies.Count == allowed)
                throw new ImportRefusedException("no more");
            Bodies.Add(Encoding.UTF8.GetString(batch.Body.Span).TrimEnd('\r', '\n'));
            Raw.Add(batch.Body.ToArray());
            Paths.Add(batch.Path);
            return Task.FromResult(new ImportAnswer(0, ""));
        }
    }
}
