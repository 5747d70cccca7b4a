namespace VmObs.Receipts.Gaps;

/// <summary>What became of records that are not, or not where one would look, in their hour. The numbers are part of the state file.</summary>
internal enum GapKind : byte
{
    /// <summary>Not taken.</summary>
    Refused = 1,

    /// <summary>Taken after their hour was sealed, and kept in a late batch.</summary>
    Late = 2,

    /// <summary>Taken, and something that was owed for them was then not kept or not written.</summary>
    Dropped = 3,
}

/// <summary>The names of kinds in receipts.</summary>
internal static class GapKinds
{
    public static string Name(this GapKind kind) => kind switch
    {
        GapKind.Refused => "refused",
        GapKind.Late => "late",
        GapKind.Dropped => "dropped",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "BUG: a kind of gap without a name"),
    };
}
