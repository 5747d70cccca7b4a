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
        Assert.Equal(2, secrets.Count);
        said.Append(await RunAsync("keys", "rotate")).Append(await RunAsync("keys", "list", "--output", "json")).Append(await RunAsync("keys", "export")).Append(await RunAsync("seal"));
        secrets.UnionWith(Secrets(data));
        Assert.Equal(3, secrets.Count);
        said.Append(await http.GetStringAsync(new Uri(engine.Url, "/metrics"), TestContext.Current.CancellationToken));
        said.Append(await RunAsync("doctor", "--data", data, "--server", engine.Url.ToString())).Append(await RunAsync("verify", "--data", data)).Append(await RunAsync("backup", copy, "--data", data));
        Assert.Equal(0, await engine.TerminateAsync(TimeSpan.FromSeconds(10)));
        said.Append(engine.Output);
        AssertNone(secrets, Encoding.UTF8.GetBytes(said.ToString()), "what was said");
        foreach (var file in Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".key", StringComparison.Ordinal)).Concat(Directory.EnumerateFiles(copy, "*", SearchOption.AllDirectories)))
            AssertNone(secrets, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), file);

        async Task<string> RunAsync(params string[] arguments) => (await ProgramRun.OfVmObsAsync(engine.Url, arguments)).ToString();
    }

    // The signing keys and that of sampling, as their files have them.
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
