namespace VmObs.Ledger.Remains;

/// <summary>How a group of a file is of which a part expired.</summary>
public enum GroupState
{
    /// <summary>What remains is what was sealed, and the rest is zeros.</summary>
    Right,

    /// <summary>What remains is what was sealed, and where bytes should be gone there are some.</summary>
    StillThere,

    /// <summary>What remains is not what was sealed.</summary>
    Altered,
}
