using System.Diagnostics;
using System.Runtime.InteropServices;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Disks;

/// <summary>Makes system calls of a running process fail, by strace, until disposed.</summary>
internal sealed partial class RefusedCalls : IAsyncDisposable
{
    private const int SigInt = 2;

    private readonly Process _strace;

    private readonly Task<string> _words;

    private RefusedCalls(Process strace, Task<string> words) => (_strace, _words) = (strace, words);

    /// <summary>Begins. Skips the test where strace is missing or may not attach.</summary>
    public static async Task<RefusedCalls> BeginAsync(int processId, string calls, string error)
    {
        var start = new ProcessStartInfo("strace", ["-f", "-o", "/dev/null", "-p", $"{processId}", "-e", $"trace={calls}", "-e", $"inject={calls}:error={error}"]) { RedirectStandardError = true };
        Process strace;
        try
        {
            strace = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            Assert.Skip($"not run: strace: {failure.Message}");
            throw;
        }
        var line = await strace.StandardError.ReadLineAsync();
        if (line?.Contains("attached", StringComparison.Ordinal) != true)
            Assert.Skip($"not run: strace may not attach: {line}");
        // Its own words must not fill the pipe.
        return new RefusedCalls(strace, strace.StandardError.ReadToEndAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (!_strace.HasExited)
            Assert.Equal(0, Kill(_strace.Id, SigInt));
        await _strace.WaitForExitAsync();
        await _words;
        _strace.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
