namespace VmObs.Storage.Embedded;

/// <summary>A jump of the wall clock against time that really passed.</summary>
/// <param name="FromUnixNanos">What the clock would have shown without the jump, Unix ns.</param>
/// <param name="ToUnixNanos">What it showed, Unix ns; earlier than <paramref name="FromUnixNanos"/> when it was set back.</param>
public sealed record ClockStep(long FromUnixNanos, long ToUnixNanos);
