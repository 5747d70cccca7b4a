using VmObs.Config;
using VmObs.Receipts.Gaps;

namespace VmObs.Access;

/// <summary>Reads the tokens file (docs/access.md). Every error in it is reported at once.</summary>
internal static class TokenFile
{
    private const int HashDigits = 64;

    private static readonly string[] s_scopes = ["ingest", "read", "operate"];

    /// <summary>Reads a file: who holds the token of each hash.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static (IReadOnlyDictionary<string, AccessToken> Tokens, IReadOnlyList<ConfigError> Errors) Read(string path)
    {
        using var text = File.OpenText(path);
        var tokens = new Dictionary<string, AccessToken>(StringComparer.Ordinal);
        var (_, errors) = new YamlDocument(path, Environment.GetEnvironmentVariable).Read(text, root => root.Sections("tokens", section => ReadToken(section, tokens), []));
        return (tokens, errors);
    }

    /// <summary>Reads scopes by name; null when one is none.</summary>
    public static AccessScopes? ParseScopes(IEnumerable<string> names)
    {
        var scopes = AccessScopes.None;
        foreach (var name in names)
        {
            var index = Array.IndexOf(s_scopes, name);
            if (index < 0)
                return null;
            scopes |= (AccessScopes)(1 << index);
        }
        return scopes;
    }

    /// <summary>What scopes there are, for who says what would be taken.</summary>
    public static string ScopeNames { get; } = string.Join(", ", s_scopes);

    /// <summary>Whether a text can be a node's short name here.</summary>
    public static bool IsNode(string text) => text.Length is > 0 and <= 255 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':');

    /// <summary>Whether a text is a decentralized identifier.</summary>
    public static bool IsDid(string text) => text.StartsWith("did:", StringComparison.Ordinal) && text.Length is > 6 and <= 256 && !text.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c));

    private static AccessToken ReadToken(YamlSection section, Dictionary<string, AccessToken> tokens)
    {
        var hash = section.Required("sha256", $"{HashDigits} hexadecimal digits, as `vm-obs token create` prints them", static text => text.Length == HashDigits && text.All(char.IsAsciiHexDigit)).ToLowerInvariant();
        var did = section.Required("did", "who holds the token, such as did:vm:node:brick-01", IsDid);
        var names = section.Texts("scopes", [], atLeast: 1);
        var scopes = ParseScopes(names);
        if (scopes is null || names.Count == 0)
            section.Report("scopes", names.Count == 0 ? "nothing" : $"\"{names.First(static name => !s_scopes.Contains(name))}\"", $"some of {ScopeNames}");
        var node = section.Text("node", null, "a node's short name such as brick-01", IsNode);
        var rate = section.Size("rate", 0, atLeast: 1024);
        var body = section.Size("max_body", 0, atLeast: 1024);
        var sender = new Sender(did, node, rate == 0 ? null : rate, body == 0 ? null : (int)Math.Min(body, int.MaxValue));
        var token = new AccessToken(did, scopes ?? AccessScopes.None, sender);
        if (hash.Length == HashDigits && !tokens.TryAdd(hash, token))
            section.Report("sha256", $"the hash of {tokens[hash].Did}'s token", "a token of its own");
        return token;
    }
}
