namespace VmObs.Demo;

/// <summary>What else goes through the mesh all day: oracle queries and logins.</summary>
internal static class EverydayRequests
{
    private static readonly Schedule s_queries = new("oracle query", TimeSpan.FromSeconds(30), share: 0.9);
    private static readonly Schedule s_logins = new("login", TimeSpan.FromMinutes(1), share: 0.7);
    private static readonly string[] s_pairs = ["BTC/USD", "ETH/USD", "XAU/USD", "EUR/USD"];

    /// <summary>Those that come in within [from, to).</summary>
    public static IEnumerable<MeshRequest> Between(DateTimeOffset from, DateTimeOffset to) =>
        s_queries.Between(from, to).Select(OracleQuery).Concat(s_logins.Between(from, to).Select(Login));

    /// <summary>The line that one leaves.</summary>
    public static MeshLogLine Line(MeshRequest request)
    {
        var part = request.Spans[1];
        return part.Failure is { } failure ? request.Line(1, "warn", failure, [.. part.Attributes])
            : part.Service == "oracle" ? request.Line(1, "info", "price answered", [.. part.Attributes])
            : request.Line(1, "info", "session opened", [.. part.Attributes]);
    }

    private static MeshRequest OracleQuery(DateTimeOffset time)
    {
        var took = Math.Round(Chance.Between(15, 180, "oracle takes", time));
        return new MeshRequest("oracle_query", time,
        [
            new("http_request", "portal", "portal-01", 0, took + 6) { Attributes = [("http.method", "GET"), ("http.url", "/oracle/price"), ("http.status_code", 200)] },
            new("aggregate_sources", "oracle", "brick-03", 3, took)
            {
                Attributes = [("pair", Chance.OneOf(s_pairs, "pair", time)), ("sources", (int)Chance.Between(3, 8, "sources", time)), ("confidence", Math.Round(Chance.Between(0.93, 1, "confidence", time), 3))],
            },
        ])
        { Tags = ["oracle"] };
    }

    private static MeshRequest Login(DateTimeOffset time)
    {
        var took = Math.Round(Chance.Between(40, 220, "login takes", time));
        var refused = Chance.At("login is refused", time) < 0.01;
        return new MeshRequest("identity_login", time,
        [
            new("http_request", "portal", "portal-01", 0, took + 5) { Attributes = [("http.method", "POST"), ("http.url", "/identity/login"), ("http.status_code", refused ? 401 : 200)] },
            new("verify_credential", "identity", "brick-03", 2, took)
            {
                Failure = refused ? "login refused: signature does not verify" : null,
                Attributes = [("method", "did-auth"), ("client_ip", $"198.51.100.{(int)Chance.Between(1, 255, "client", time)}")],
            },
        ])
        { Tags = ["identity"] };
    }
}
