namespace VmObs.Signals.Wire;

/// <summary>Why a whole request body could not be read: the caller's fault, answered with 400.</summary>
/// <param name="Offset">Byte in the decoded body where reading stopped, 0-based.</param>
/// <param name="Where">The element being read: "resource_logs[0].scope_logs[1].log_records[7].body".</param>
/// <param name="Expected">What should have stood there.</param>
/// <param name="Found">What stood there.</param>
public sealed record WireError(long Offset, string Where, string Expected, string Found)
{
    /// <summary>One line for a person.</summary>
    public override string ToString() => $"{Where}: at byte {Offset} expected {Expected}, found {Found}";
}
