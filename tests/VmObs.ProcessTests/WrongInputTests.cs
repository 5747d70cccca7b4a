using System.Text;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests;

/// <summary>What is sent or asked wrongly gets an answer that says so.</summary>
public sealed class WrongInputTests(WrongInputTests.OneEngine one) : IClassFixture<WrongInputTests.OneEngine>
{
    public static TheoryData<string> Paths => [OtlpSender.LogsPath, OtlpSender.MetricsPath, OtlpSender.TracesPath];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_malformed_protobuf_body_is_refused_with_the_offset(string path)
    {
        using var sender = new OtlpSender();
        // Field 1, five bytes announced, one there.
        var (status, body) = await sender.PostAsync(one.Engine.OtlpHttp, path, [0x0A, 0x05, 0x00]);
        Assert.Equal(400, status);
        Assert.Matches("at byte [0-9]", body);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_malformed_json_body_is_refused_with_the_offset(string path)
    {
        using var sender = new OtlpSender();
        var (status, body) = await sender.PostAsync(one.Engine.OtlpHttp, path, Encoding.UTF8.GetBytes("{\"resourceLogs\": [ nonsense"), "application/json");
        Assert.Equal(400, status);
        Assert.Matches("at byte [0-9]+", body);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task A_body_of_another_type_is_refused(string path)
    {
        using var sender = new OtlpSender();
        var (status, body) = await sender.PostAsync(one.Engine.OtlpHttp, path, "hello"u8.ToArray(), "text/plain");
        Assert.Equal(415, status);
        Assert.Contains("application/x-protobuf", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gzip_body_that_is_none_is_refused()
    {
        using var http = new HttpClient();
        using var content = new ByteArrayContent("no gzip"u8.ToArray());
        content.Headers.ContentType = new("application/x-protobuf");
        content.Headers.ContentEncoding.Add("gzip");
        using var response = await http.PostAsync(new Uri(one.Engine.OtlpHttp, OtlpSender.LogsPath), content, TestContext.Current.CancellationToken);
        Assert.Equal(400, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_second_engine_over_one_folder_is_refused_by_name()
    {
        var run = await ProgramRun.OfVmObsAsync("serve", "--data", one.Engine.DataFolder, "--listen", "127.0.0.1:0", "--otlp-http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(one.Engine.DataFolder, run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen")]
    [InlineData("--otlp-http")]
    [InlineData("--otlp-grpc")]
    public async Task An_address_that_others_reach_is_refused(string option)
    {
        using var folder = new TemporaryFolder();
        var run = await ProgramRun.OfVmObsAsync("serve", "--data", folder.Path, option, "0.0.0.0:0");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("0.0.0.0", run.Errors, StringComparison.Ordinal);
        Assert.Contains("loopback", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("logs", "search", "x")]
    [InlineData("metrics", "query", "--metric", "x")]
    [InlineData("trace", "show", "4bf92f3577b34da6a3ce929d0e0e4736")]
    [InlineData("query")]
    [InlineData("seal")]
    public async Task A_question_to_no_engine_ends_with_3(params string[] arguments)
    {
        // Port 9 of loopback: discard, which nobody serves.
        var run = await ProgramRun.OfVmObsAsync(new Uri("http://127.0.0.1:9"), arguments);
        Assert.True(run.ExitCode == 3, run.ToString());
        Assert.Empty(run.Output);
        Assert.Contains("127.0.0.1:9", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_trace_is_named()
    {
        var run = await ProgramRun.OfVmObsAsync(one.Engine.Url, "trace", "show", "0000000000000000000000000000dead");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("0000000000000000000000000000dead", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_ends_the_engine_with_0_within_5_seconds()
    {
        using var folder = new TemporaryFolder();
        await using var engine = await EngineProcess.StartAsync(folder.Path);
        Assert.Equal(0, await engine.TerminateAsync(TimeSpan.FromSeconds(5)));
    }

    /// <summary>An engine that the tests here share.</summary>
    public sealed class OneEngine : IAsyncLifetime
    {
        private readonly TemporaryFolder _folder = new();
        private EngineProcess? _engine;

        internal EngineProcess Engine => _engine!;

        public async ValueTask InitializeAsync() => _engine = await EngineProcess.StartAsync(_folder.Path);

        public async ValueTask DisposeAsync()
        {
            if (_engine is not null)
                await _engine.DisposeAsync();
            _folder.Dispose();
        }
    }
}
