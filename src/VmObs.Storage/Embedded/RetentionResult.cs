namespace VmObs.Storage.Embedded;

/// <summary>What a round of retention did, or would do.</summary>
/// <param name="Hours">What was dropped, the oldest hours first.</param>
/// <param name="Failures">What should have been and was not: path, found, expected.</param>
public sealed record RetentionResult(IReadOnlyList<ExpiredHour> Hours, IReadOnlyList<string> Failures);
