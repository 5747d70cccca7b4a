namespace VmObs.Access;

/// <summary>What guards the server.</summary>
/// <param name="Tokens">Who may do what; null where everybody on this host may do everything.</param>
/// <param name="Certificate">For TLS; null without.</param>
internal sealed record FrontSecurity(TokenBook? Tokens, CertificateFiles? Certificate)
{
    /// <summary>Neither.</summary>
    public static FrontSecurity None { get; } = new(null, null);
}
