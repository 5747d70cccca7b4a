using System.Diagnostics;
using System.Text.Json;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Syslog;

/// <summary>rsyslog and logger send to the real engine; what they sent is counted in its answers.</summary>
public sealed class SyslogTests
{
    private const int Lines = 2_000;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("octet-counted", "RSYSLOG_SyslogProtocol23Format")]
    [InlineData("traditional", "RSYSLOG_ForwardFormat")]
    public async Task Every_line_that_rsyslog_forwards_over_tcp_is_found_once(string framing, string template)
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/rsyslogd"), "rsyslog is not installed (Debian package rsyslog)");
        using var folder = new TemporaryFolder();
        await using var engine = await StartAsync(folder);
        var tcp = await engine.AddressAsync("syslog-tcp");
        var input = Path.Combine(folder.Path, "input.log");
        await File.WriteAllLinesAsync(input, Enumerable.Range(0, Lines).Select(static i => $"line {i} says \"quoted\" ü"), TestContext.Current.CancellationToken);
        var configuration = Path.Combine(folder.Path, "rsyslog.conf");
        await File.WriteAllTextAsync(configuration,
            $$"""
            global(workDirectory="{{folder.Path}}")
            module(load="imfile" mode="polling" pollingInterval="1")
            input(type="imfile" file="{{input}}" tag="web:" severity="warning" facility="local3" readMode="0" freshStartTail="off")
            action(type="omfwd" target="{{tcp.Host}}" port="{{tcp.Port}}" protocol="tcp" tcp_framing="{{framing}}" template="{{template}}" action.resumeRetryCount="-1")
            """, TestContext.Current.CancellationToken);
        var arguments = new[] { "-n", "-f", configuration, "-i", Path.Combine(folder.Path, "rsyslog.pid") };
        using var rsyslog = Process.Start(new ProcessStartInfo("/usr/sbin/rsyslogd", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        try
        {
            var records = await FindAsync(engine, "web", Lines);
            Assert.Equal(Lines, records.Select(static record => record.GetProperty("message").GetString()).Distinct().Count());
            Assert.All(records, static record => Assert.Equal(("warn", "local3"), (record.GetProperty("level").GetString(), record.GetProperty("attributes").GetProperty("facility").GetString())));
            Assert.Contains(records, static record => record.GetProperty("message").GetString() == "line 7 says \"quoted\" ü");
        }
        finally
        {
            rsyslog.Kill();
            await rsyslog.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("syslog-tcp", "--tcp")]
    [InlineData("syslog-tcp", "--tcp --octet-count")]
    [InlineData("syslog-tcp", "--tcp --rfc3164")]
    [InlineData("syslog-udp", "--udp")]
    [InlineData("syslog-udp", "--udp --rfc3164")]
    public async Task What_logger_sends_is_found(string door, string options)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/logger"), "logger is not installed (Debian package bsdutils)");
        using var folder = new TemporaryFolder();
        await using var engine = await StartAsync(folder);
        var address = await engine.AddressAsync(door);
        string[] arguments = ["--server", address.Host, "--port", $"{address.Port}", .. options.Split(' '), "--tag", "deploy", "--id=42", "--priority", "auth.err", "it went wrong"];
        (await ProgramRun.OfAsync("/usr/bin/logger", arguments)).Succeeded();
        var record = Assert.Single(await FindAsync(engine, "deploy", 1));
        Assert.Equal(("error", "it went wrong"), (record.GetProperty("level").GetString(), record.GetProperty("message").GetString()));
        Assert.Equal(("auth", "42"), (record.GetProperty("attributes").GetProperty("facility").GetString(), record.GetProperty("attributes").GetProperty("proc_id").GetString()));
    }

    private static async Task<EngineProcess> StartAsync(TemporaryFolder folder)
    {
        var config = Path.Combine(folder.Path, "vm-obs.yaml");
        await File.WriteAllTextAsync(config, "syslog:\n  tcp: 127.0.0.1:0\n  udp: 127.0.0.1:0\n", TestContext.Current.CancellationToken);
        return await EngineProcess.StartAsync(Path.Combine(folder.Path, "data"), config: config);
    }

    private static Task<IReadOnlyList<JsonElement>> FindAsync(EngineProcess engine, string service, int count) =>
        Eventually.GetAsync<IReadOnlyList<JsonElement>>($"{count} records of {service}", s_limit, async () =>
        {
            var run = await ProgramRun.OfVmObsAsync(engine.Url, "logs", "query", "--service", service, "--limit", $"{count + 1}", "--output", "json");
            var lines = run.Succeeded(engine.Output).JsonLines();
            Assert.InRange(lines.Count, 0, count);
            return lines.Count == count ? lines : null;
        });
}
