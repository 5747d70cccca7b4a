namespace VmObs.Verification;

/// <summary>How much of a data folder is read.</summary>
internal enum VerificationDepth
{
    /// <summary>Every byte of the sealed files, which their receipts have the hashes of.</summary>
    Bytes,

    /// <summary>Their records as well, which their receipts say the numbers, names and leaf hashes of.</summary>
    Records,

    /// <summary>The kept journal as well, which brought the records.</summary>
    Journal,
}
