using System.Security.Cryptography;
using System.Text;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Ask;

/// <summary>Whatever an engine and its commands write, no secret is in it.</summary>
public sealed class KeySecrecyTests
{
    [Fact]
    public async Task No_secret_is_in_logs_metrics_answers_files_or_backups()
    {
        using var folder = new TemporaryFolder();
        using var place = new TemporaryFolder();
        using var http = new HttpClient();
        var said = new StringBuilder();
        var (data, copy) = (Path.Combine(folder.Path, "data"), Path.Combine(place.Path, "copy"));
        await using var engine = await EngineProcess.StartAsync(data);
        var secrets = Secrets(data);
        Assert.Equal(3, secrets.Count);
        said.Append(await RunAsync("keys", "rotate")).Append(await RunAsync("keys", "list", "--output", "json")).Append(await RunAsync("keys", "export")).Append(await RunAsync("seal"));
        secrets.UnionWith(Secrets(data));
        Assert.Equal(4, secrets.Count);
        said.Append(await http.GetStringAsync(new Uri(engine.Url, "/metrics"), TestContext.Current.CancellationToken));
        said.Append(await RunAsync("doctor", "--data", data, "--server", engine.Url.ToString())).Append(await RunAsync("verify", "--data", data)).Append(await RunAsync("backup", copy, "--data", data));
        Assert.Equal(0, await engine.TerminateAsync(TimeSpan.FromSeconds(10)));
        said.Append(engine.Output);
        AssertNone(secrets, Encoding.UTF8.GetBytes(said.ToString()), "what was said");
        foreach (var file in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".key", StringComparison.Ordinal)).Concat(Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories)))
            AssertNone(secrets, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), file);

        async Task<string> RunAsync(params string[] arguments) => (await ProgramRun.OfVmObsAsync(engine.Url, arguments)).ToString();
    }

    [Fact]
    public async Task A_secret_from_the_environment_is_written_nowhere_and_not_replaced()
    {
        using var folder = new TemporaryFolder();
        var data = Path.Combine(folder.Path, "data");
        var secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        await using var engine = await EngineProcess.StartAsync(data, new Dictionary<string, string> { ["VM_OBS_SIGNING_KEY"] = secret });
        var refused = await ProgramRun.OfVmObsAsync(engine.Url, "keys", "rotate");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("the signing key cannot be rotated: VM_OBS_SIGNING_KEY", refused.Errors, StringComparison.Ordinal);
        var first = (await ProgramRun.OfVmObsAsync(engine.Url, "query", "--type", "obs_operation", "--output", "json")).Succeeded().JsonLines()[0];
        Assert.Equal("key_created", first.GetProperty("operation_type").GetString());
        Assert.Equal(File.ReadAllText(Path.Combine(data, "keys", "observability.vkey")).Trim(), first.GetProperty("key").GetString());
        Assert.Equal(0, await engine.TerminateAsync(TimeSpan.FromSeconds(10)));
        Assert.False(File.Exists(Path.Combine(data, "keys", "observability.key")));
        AssertNone([secret], Encoding.UTF8.GetBytes(engine.Output + refused), "what was said");
        foreach (var file in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories))
            AssertNone([secret], await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), file);
    }

    // The signing keys, that of sampling and that of derived files, as their files have them.
    private static HashSet<string> Secrets(string data) =>
        [.. Directory.EnumerateFiles(Path.Combine(data, "keys"), "*.key*").Select(file => File.ReadAllText(file).Trim())];

    private static void AssertNone(HashSet<string> secrets, byte[] content, string where)
    {
        foreach (var secret in secrets)
        {
            var bytes = Convert.FromBase64String(secret);
            foreach (var form in new[] { bytes, Encoding.ASCII.GetBytes(secret), Encoding.ASCII.GetBytes(Convert.ToHexString(bytes)), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)) })
                Assert.True(content.AsSpan().IndexOf(form) < 0, where);
        }
    }
}
