namespace VmObs.Access;

/// <summary>What a token allows.</summary>
[Flags]
internal enum AccessScopes
{
    /// <summary>Nothing beyond being known.</summary>
    None = 0,

    /// <summary>To send metrics, logs and traces.</summary>
    Ingest = 1,

    /// <summary>To ask.</summary>
    Read = 2,

    /// <summary>To seal, expire and reload.</summary>
    Operate = 4,
}
