using System.Diagnostics;

namespace VmObs.Bench;

/// <summary>CPU, wall clock and allocations between two moments of this process.</summary>
internal sealed class Meter
{
    private readonly TimeSpan _cpu = Process.GetCurrentProcess().TotalProcessorTime;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly long _allocated = GC.GetTotalAllocatedBytes(precise: true);

    /// <summary>CPU seconds since the meter was made.</summary>
    public double CpuSeconds => (Process.GetCurrentProcess().TotalProcessorTime - _cpu).TotalSeconds;

    /// <summary>Seconds since the meter was made.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_start).TotalSeconds;

    /// <summary>Bytes allocated since the meter was made.</summary>
    public long AllocatedBytes => GC.GetTotalAllocatedBytes(precise: true) - _allocated;
}
