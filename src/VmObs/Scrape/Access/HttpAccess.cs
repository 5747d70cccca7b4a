namespace VmObs.Scrape.Access;

/// <summary>How a server is asked: for metrics, or for targets.</summary>
internal sealed record HttpAccess
{
    /// <summary>"Bearer", "Basic" or another scheme; null: no Authorization header.</summary>
    public string? AuthorizationScheme { get; init; }

    /// <summary>What stands behind the scheme.</summary>
    public string? Credentials { get; init; }

    /// <summary>File that holds the credentials, or the password; read before each request.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>User of basic authentication.</summary>
    public string? User { get; init; }

    public bool FollowRedirects { get; init; } = true;

    public string? CaFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    public string? ServerName { get; init; }

    public bool SkipVerification { get; init; }
}
