namespace VmObs.Ingest;

/// <summary>google.rpc.Code for what became of a request.</summary>
internal static class GrpcStatus
{
    public const int Ok = 0;
    public const int InvalidArgument = 3;
    public const int PermissionDenied = 7;
    public const int ResourceExhausted = 8;
    public const int Unimplemented = 12;
    public const int Unavailable = 14;
    public const int Unauthenticated = 16;

    /// <summary>The code. A sender tries again on <see cref="Unavailable"/>, and on <see cref="ResourceExhausted"/> only when told when.</summary>
    public static int Of(IntakeOutcome outcome) => outcome switch
    {
        IntakeOutcome.Stored => Ok,
        IntakeOutcome.Busy or IntakeOutcome.OverRate or IntakeOutcome.TooLarge => ResourceExhausted,
        IntakeOutcome.Unsupported => Unimplemented,
        IntakeOutcome.DiskFailed => Unavailable,
        _ => InvalidArgument,
    };
}
