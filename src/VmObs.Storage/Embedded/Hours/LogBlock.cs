using VmObs.Signals.Logs;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>One gzip member of a log file: lines of one retention class. Format: docs/format/logs.md.</summary>
/// <param name="Offset">Where the member begins in the file.</param>
/// <param name="Length">The member's bytes.</param>
/// <param name="TextLength">The lines' bytes, newlines included.</param>
/// <param name="Lines">Number of lines.</param>
/// <param name="Class">Their retention class.</param>
/// <param name="FirstUnixNanos">Earliest line.</param>
/// <param name="LastUnixNanos">Latest line.</param>
/// <param name="Services">Lines by service and level, in order of first appearance; every line counts once.</param>
internal sealed record LogBlock(
    long Offset, int Length, int TextLength, int Lines, RetentionClass Class, long FirstUnixNanos, long LastUnixNanos,
    IReadOnlyList<LogBlock.ServiceCounts> Services)
{
    /// <summary>Lines of one service.</summary>
    /// <param name="Service">Its name.</param>
    /// <param name="Counts">Lines by level, indexed by <see cref="Level"/>.</param>
    /// <param name="LastUnixNanos">Its latest line.</param>
    public sealed record ServiceCounts(string Service, int[] Counts, long LastUnixNanos);
}
