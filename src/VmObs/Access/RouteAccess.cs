using VmObs.Ingest;

namespace VmObs.Access;

/// <summary>How a refusal is written.</summary>
internal enum RefusalForm
{
    /// <summary>RFC 9457 problem details.</summary>
    Problem,

    /// <summary>A google.rpc.Status in the form of the request.</summary>
    OtlpHttp,

    /// <summary>gRPC's trailers.</summary>
    Grpc,
}

/// <summary>What a route wants of who calls it; metadata of each.</summary>
/// <param name="Scopes">What the token must allow; null where none is needed.</param>
/// <param name="Intake">Counts what is refused, on the ways in.</param>
/// <param name="Form">How a refusal is written.</param>
internal sealed record RouteAccess(AccessScopes? Scopes, IIntake? Intake = null, RefusalForm Form = RefusalForm.Problem)
{
    /// <summary>For everybody.</summary>
    public static RouteAccess Open { get; } = new((AccessScopes?)null);

    /// <summary>For those who may ask.</summary>
    public static RouteAccess Read { get; } = new(AccessScopes.Read);

    /// <summary>For those who may change what the engine does.</summary>
    public static RouteAccess Operate { get; } = new(AccessScopes.Operate);
}
