namespace VmObs.Signals.Traces;

/// <summary>The names of roles and outcomes in documents.</summary>
public static class SpanNames
{
    /// <summary>A role's name; that of no role for one without a name.</summary>
    public static ReadOnlySpan<byte> Of(SpanKind kind) => kind switch
    {
        SpanKind.Internal => "internal"u8,
        SpanKind.Server => "server"u8,
        SpanKind.Client => "client"u8,
        SpanKind.Producer => "producer"u8,
        SpanKind.Consumer => "consumer"u8,
        _ => "unspecified"u8,
    };

    /// <summary>An outcome's name.</summary>
    public static ReadOnlySpan<byte> Of(SpanStatus status) => status switch
    {
        SpanStatus.Error => "error"u8,
        SpanStatus.Ok => "ok"u8,
        _ => "unset"u8,
    };
}
