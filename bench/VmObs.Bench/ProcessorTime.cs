using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VmObs.Bench;

/// <summary>Processor time, of this process or of the processes that it started and waited for.</summary>
/// <param name="User">Seconds in programs.</param>
/// <param name="System">Seconds in the kernel for them: reading files, for one.</param>
internal readonly partial record struct ProcessorTime(double User, double System)
{
    private const int OwnProcess = 0;
    private const int EndedChildren = -1;

    /// <summary>Both together.</summary>
    public double Total => User + System;

    /// <summary>What an action takes in this process.</summary>
    public static ProcessorTime Of(Action action)
    {
        var before = Read(OwnProcess);
        action();
        return Read(OwnProcess).Since(before);
    }

    /// <summary>What a program takes.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static ProcessorTime Of(string program, IEnumerable<string> arguments)
    {
        var before = Read(EndedChildren);
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? Read(EndedChildren).Since(before)
            : throw new InvalidOperationException($"{program} ended with code {process.ExitCode}");
    }

    private ProcessorTime Since(ProcessorTime before) => new(User - before.User, System - before.System);

    private static ProcessorTime Read(int who)
    {
        if (GetResourceUsage(who, out var usage) != 0)
            throw new Win32Exception();
        return new(usage.Numbers[0] + (usage.Numbers[1] / 1e6), usage.Numbers[2] + (usage.Numbers[3] / 1e6));
    }

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static partial int GetResourceUsage(int who, out ResourceUsage usage);

    // struct rusage of 64-bit Linux: two times of seconds and microseconds, then fourteen numbers.
    private struct ResourceUsage
    {
        public LongNumbers Numbers;
    }

    [InlineArray(18)]
    private struct LongNumbers
    {
        private long _first;
    }
}
