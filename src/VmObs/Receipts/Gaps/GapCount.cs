using VmObs.Signals;

namespace VmObs.Receipts.Gaps;

/// <summary>What is counted apart.</summary>
/// <param name="Reason">A stable name: "too_far_ahead", "busy", "hour_sealed", "receipt_limit".</param>
/// <param name="Source">A source's name.</param>
internal readonly record struct GapKey(GapKind Kind, Signal Signal, string Reason, string Source);

/// <summary>How much of it there was.</summary>
/// <param name="Records">Samples, log records or spans; 0 of a body that could not be read.</param>
/// <param name="Requests">Requests that had at least one of them.</param>
internal readonly record struct GapCount(long Records, long Requests)
{
    public static GapCount operator +(GapCount left, GapCount right) => new(left.Records + right.Records, left.Requests + right.Requests);
}
