namespace VmObs.Receipts.Gaps;

/// <summary>Where the limit on trace receipts stands: all decisions up to one have their receipts, and what was held back is counted.</summary>
/// <param name="Decision">Journal position of the last decision that is done with.</param>
/// <param name="Second">Unix second of that decision, as the journal has it.</param>
/// <param name="Taken">Receipts of that second so far.</param>
internal sealed record ReceiptSlots(long Decision, long Second, int Taken)
{
    /// <summary>At most this many traces of one second get a receipt of their own.</summary>
    public const int PerSecond = 50;

    /// <summary>Takes a slot for a trace decided at a time.</summary>
    /// <returns>The slots after it, and whether there was one.</returns>
    public (ReceiptSlots After, bool Granted) Take(long decision, long decidedUnixNanos)
    {
        var second = decidedUnixNanos / 1_000_000_000;
        var taken = second == Second ? Taken : 0;
        return (new ReceiptSlots(decision, second, Math.Min(taken + 1, PerSecond)), taken < PerSecond);
    }
}
