using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Demo;

/// <summary>One demo, started as a user starts it, and a shell in which <c>vm-obs</c> is a command.</summary>
public sealed class RunningDemo : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();
    private EngineProcess? _demo;

    internal EngineProcess Process => _demo!;

    /// <summary>Where shells run; what they write lies there.</summary>
    internal string Folder => _folder.Path;

    /// <summary>The commands of the printed list.</summary>
    internal IReadOnlyList<string> Listed => [.. Process.Output.Split('\n').Where(line => line.StartsWith("  vm-obs ", StringComparison.Ordinal)).Select(line => line.Trim())];

    /// <summary>Runs a line of a shell as it stands.</summary>
    internal Task<ProgramRun> ShellAsync(string line) =>
        ProgramRun.OfAsync("/bin/bash", ["-c", $"cd '{Folder}' && {line}"], new Dictionary<string, string?>
        {
            ["PATH"] = $"{Folder}/bin:{Environment.GetEnvironmentVariable("PATH")}",
            ["VM_OBS_SERVER"] = Process.Url.ToString().TrimEnd('/'),
        });

    public async ValueTask InitializeAsync()
    {
        var bin = Directory.CreateDirectory(Path.Combine(Folder, "bin")).FullName;
        await File.WriteAllTextAsync(Path.Combine(bin, "vm-obs"), $"#!/bin/bash\nexec dotnet '{Programs.VmObs}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(bin, "vm-obs"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await StartAsync();
    }

    /// <summary>Starts it, and waits until its list is printed.</summary>
    internal async Task StartAsync()
    {
        _demo = await EngineProcess.StartDemoAsync(Path.Combine(Folder, "demo-data"), new Dictionary<string, string> { ["VM_OBS_COMMAND"] = "vm-obs" });
        await Eventually.TrueAsync("the list of what to try", s_limit, () => Process.HasEnded || Process.Output.Contains("until Ctrl-C", StringComparison.Ordinal));
        Assert.False(Process.HasEnded, Process.Output);
    }

    public async ValueTask DisposeAsync()
    {
        if (_demo is not null)
            await _demo.DisposeAsync();
        _folder.Dispose();
    }
}
