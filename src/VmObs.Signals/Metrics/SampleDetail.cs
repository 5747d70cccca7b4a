namespace VmObs.Signals.Metrics;

/// <summary>What a sample carries beside time and value: exemplars, the whole of a native histogram, members of a SPEC document.</summary>
/// <param name="Sample">Index of the sample among those that it stands beside; ascending, at most one detail a sample.</param>
/// <param name="Json">A JSON object in UTF-8 without white space; never empty, at most <see cref="MaxBytes"/>. Layout: docs/format/metrics.md.</param>
public readonly record struct SampleDetail(int Sample, ReadOnlyMemory<byte> Json)
{
    /// <summary>The longest detail, bytes.</summary>
    public const int MaxBytes = 64 * 1024;
}
