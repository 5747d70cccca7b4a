using System.Diagnostics;
using System.Text.Json;

namespace VmObs.ProcessTests.Support;

/// <summary>A program that ran to its end.</summary>
internal sealed record ProgramRun(string Command, int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    /// <summary>What it printed, one JSON object a line.</summary>
    public IReadOnlyList<JsonElement> JsonLines() =>
        [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    /// <summary>Fails with all that was printed unless the program succeeded.</summary>
    public ProgramRun Succeeded(string note = "")
    {
        Assert.True(ExitCode == 0, $"{this}\n{note}");
        return this;
    }

    public override string ToString() => $"{Command} ended with {ExitCode}\n--- output\n{Output}\n--- errors\n{Errors}";

    /// <summary>Runs a program; environment variables of a null value are taken away.</summary>
    public static async Task<ProgramRun> OfAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? limit = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        process.StandardInput.Close();
        using var ends = new CancellationTokenSource(limit ?? s_limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(ends.Token);
            var errors = process.StandardError.ReadToEndAsync(ends.Token);
            await process.WaitForExitAsync(ends.Token);
            return new ProgramRun($"{program} {string.Join(' ', start.ArgumentList)}", process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', start.ArgumentList)} did not end within {limit ?? s_limit}");
        }
    }

    /// <summary>Runs <c>vm-obs</c> with no server named.</summary>
    public static Task<ProgramRun> OfVmObsAsync(params string[] arguments) => OfVmObsAsync(null, arguments);

    /// <summary>Runs <c>vm-obs</c> against an engine.</summary>
    public static Task<ProgramRun> OfVmObsAsync(Uri? server, params string[] arguments) =>
        OfAsync("dotnet", [Programs.VmObs, .. arguments], new Dictionary<string, string?> { ["VM_OBS_SERVER"] = server?.ToString().TrimEnd('/') });
}
