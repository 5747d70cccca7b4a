using System.Diagnostics;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Access;

/// <summary>An engine with tokens and TLS, as an operator sets it up and as curl, openssl and the command line meet it.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private string _read = "", _bound = "";

    private string Certificate => Path.Combine(_folder.Path, "cert.pem");

    private string Key => Path.Combine(_folder.Path, "key.pem");

    private string Tokens => Path.Combine(_folder.Path, "tokens.yaml");

    public async ValueTask InitializeAsync()
    {
        (_read, var reader) = await CreateAsync("--did", "did:vm:human:auditor", "--scope", "read");
        (_bound, var sender) = await CreateAsync("--did", "did:vm:node:brick-01", "--scope", "ingest", "--node", "brick-01");
        await File.WriteAllTextAsync(Tokens, reader + sender.Replace("tokens:\n", "", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (await ProgramRun.OfAsync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=vm-obs",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", Key, "-out", Certificate])).Succeeded();
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Who_has_a_token_is_answered_over_tls_and_what_a_node_sends_is_its_own_after_a_kill()
    {
        var config = Path.Combine(_folder.Path, "config.yaml");
        await File.WriteAllTextAsync(config, "syslog: {tls: '127.0.0.1:0'}\n", TestContext.Current.CancellationToken);
        await using (var engine = await StartAsync(config))
        {
            Assert.Equal(("https", "https", "https"), (engine.Url.Scheme, engine.OtlpHttp.Scheme, engine.OtlpGrpc.Scheme));
            var line = "{\"msg\":\"settled\",\"node\":\"liar\",\"service\":\"vault\"}";
            Assert.EndsWith("401", (await CurlAsync(engine, null, "/obs/ingest/logs", line)).Output, StringComparison.Ordinal);
            Assert.EndsWith("403", (await CurlAsync(engine, _read, "/obs/ingest/logs", line)).Output, StringComparison.Ordinal);
            Assert.EndsWith("200", (await CurlAsync(engine, _bound, "/obs/ingest/logs", line)).Output, StringComparison.Ordinal);
            await SendSyslogAsync(await engine.AddressAsync("syslog-tls"), "<13>1 2025-12-06T14:30:15Z brick-02 deploy - - - over tls\n");
            var nobody = await AskAsync(engine, null, "logs", "search", "settled", "--last", "1h");
            Assert.True(nobody.ExitCode == 2 && nobody.Errors.Contains("the request needs a token", StringComparison.Ordinal), $"{nobody}");
            Assert.Equal("did:vm:node:brick-01", Assert.Single((await AskAsync(engine, _read, "logs", "search", "settled", "--last", "1h")).Succeeded().JsonLines()).GetProperty("node").GetString());
            await Eventually.GetAsync("the syslog message", s_limit, async () => (await AskAsync(engine, _read, "logs", "search", "over tls", "--from", "2025-12-06")).Succeeded().JsonLines() is [var one] ? one.ToString() : null);
            // The engine lets itself in.
            await Eventually.GetAsync("its own metrics", s_limit, async () => (await AskAsync(engine, _read, "metrics", "query", "--label", "service=vm-obs", "--last", "1h")).Succeeded().Output is { Length: > 0 } some ? some : null);
            Assert.DoesNotContain("vmo_", engine.Output, StringComparison.Ordinal);
            await engine.KillAsync();
        }
        await using var again = await StartAsync(config);
        Assert.Equal("did:vm:node:brick-01", Assert.Single((await AskAsync(again, _read, "logs", "search", "settled", "--last", "1h")).Succeeded().JsonLines()).GetProperty("node").GetString());
    }

    [Fact]
    public async Task An_address_that_others_reach_needs_a_tokens_file()
    {
        var run = await ProgramRun.OfVmObsAsync("serve", "--data", _folder.Path, "--listen", "0.0.0.0:0", "--otlp-http", "127.0.0.1:0", "--otlp-grpc", "127.0.0.1:0");
        Assert.True(run.ExitCode == 2 && run.Errors.Contains("--listen: got \"0.0.0.0:0\", want a loopback address", StringComparison.Ordinal) && run.Errors.Contains("--tokens-file", StringComparison.Ordinal), $"{run}");
        var half = await ProgramRun.OfVmObsAsync("serve", "--data", _folder.Path, "--tls-cert", Certificate);
        Assert.True(half.ExitCode == 2 && half.Errors.Contains("--tls-key: got nothing, want a file", StringComparison.Ordinal), $"{half}");
        var wrong = await ProgramRun.OfVmObsAsync("serve", "--data", _folder.Path, "--tls-cert", Key, "--tls-key", Key);
        Assert.True(wrong.ExitCode == 2 && wrong.Errors.Contains("--tls-cert", StringComparison.Ordinal), $"{wrong}");
    }

    private Task<EngineProcess> StartAsync(string config) =>
        EngineProcess.StartAsync(Path.Combine(_folder.Path, "data"), config: config, more: ["--tokens-file", Tokens, "--tls-cert", Certificate, "--tls-key", Key]);

    /// <summary>Makes a token: the token, and what the tokens file gets.</summary>
    private static async Task<(string Token, string Entry)> CreateAsync(params string[] options)
    {
        var run = (await ProgramRun.OfVmObsAsync(["token", "create", .. options])).Succeeded();
        var end = run.Output.IndexOf("\n\n", StringComparison.Ordinal);
        return (run.Output[..end], run.Output[(end + 2)..]);
    }

    private Task<ProgramRun> CurlAsync(EngineProcess engine, string? token, string path, string body) => ProgramRun.OfAsync(
        "curl", ["-sS", "--cacert", Certificate, .. token is null ? Array.Empty<string>() : ["-H", $"Authorization: Bearer {token}"], "-H", "Content-Type: application/json", "--data-binary", body, "-w", "%{http_code}", new Uri(engine.Url, path).ToString()]);

    private Task<ProgramRun> AskAsync(EngineProcess engine, string? token, params string[] arguments) => ProgramRun.OfAsync(
        "dotnet", [Programs.VmObs, .. arguments, "--output", "json"],
        new Dictionary<string, string?> { ["VM_OBS_SERVER"] = engine.Url.ToString().TrimEnd('/'), ["VM_OBS_TOKEN"] = token, ["SSL_CERT_FILE"] = Certificate });

    private async Task SendSyslogAsync(Uri door, string message)
    {
        using var openssl = Process.Start(new ProcessStartInfo("openssl", ["s_client", "-quiet", "-no_ign_eof", "-verify_return_error", "-CAfile", Certificate, "-connect", $"{door.Host}:{door.Port}"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        await openssl.StandardInput.WriteAsync(message);
        openssl.StandardInput.Close();
        await openssl.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
