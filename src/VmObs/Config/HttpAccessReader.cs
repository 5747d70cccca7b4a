using VmObs.Scrape.Access;

namespace VmObs.Config;

/// <summary>Reads Prometheus's HTTP options, which stand among the keys of a job or a source of targets.</summary>
internal static class HttpAccessReader
{
    /// <summary>basic_auth, authorization, follow_redirects and tls_config.</summary>
    public static HttpAccess Read(YamlSection section)
    {
        section.Unsupported("no such key", "oauth2", "proxy_url", "proxy_from_environment", "no_proxy", "proxy_connect_header", "enable_http2", "http_headers");
        var access = section.Section("authorization", ReadAuthorization, new HttpAccess());
        var basic = section.Section("basic_auth", ReadBasic, new HttpAccess());
        if (access.AuthorizationScheme is not null && basic.AuthorizationScheme is not null)
            section.Report("basic_auth", "authorization beside it", "one of the two");
        access = (access.AuthorizationScheme is null ? basic : access) with { FollowRedirects = section.Flag("follow_redirects", true) };
        return section.Section("tls_config", tls => access with
        {
            CaFile = File(tls, "ca_file"),
            CertificateFile = File(tls, "cert_file"),
            KeyFile = File(tls, "key_file"),
            ServerName = AnyText(tls, "server_name"),
            SkipVerification = tls.Flag("insecure_skip_verify", false),
        }, access);
    }

    private static HttpAccess ReadAuthorization(YamlSection section) => new()
    {
        AuthorizationScheme = section.Text("type", "Bearer", "a scheme such as Bearer", static text => text.Length > 0),
        Credentials = AnyText(section, "credentials"),
        CredentialsFile = File(section, "credentials_file"),
    };

    private static HttpAccess ReadBasic(YamlSection section) => new()
    {
        AuthorizationScheme = "Basic",
        User = section.Required("username", "a user's name", static text => text.Length > 0),
        Credentials = AnyText(section, "password"),
        CredentialsFile = File(section, "password_file"),
    };

    private static string? File(YamlSection section, string key) => AnyText(section, key) is { } path ? section.Resolve(path) : null;

    private static string? AnyText(YamlSection section, string key) => section.Text(key, null, "a text", static _ => true);
}
