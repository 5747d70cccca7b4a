namespace VmObs.Ledger.Bao;

/// <summary>Why a slice does not verify.</summary>
public enum BaoFault
{
    /// <summary>It does.</summary>
    None,

    /// <summary>It ends before all that its range touches.</summary>
    TooShort,

    /// <summary>It goes on behind all that its range touches.</summary>
    TooLong,

    /// <summary>It claims a length that no input has.</summary>
    Length,

    /// <summary>A parent is not the one that the root, or the parent above it, commits to.</summary>
    Parent,

    /// <summary>The bytes of a group are not those that the root, or the parent above them, commits to.</summary>
    Group,
}
