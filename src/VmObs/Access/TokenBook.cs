using System.Text;
using Microsoft.Extensions.Primitives;
using VmObs.Receipts.Gaps;

namespace VmObs.Access;

/// <summary>The tokens in force.</summary>
/// <remarks>Thread-safe. A token is found by its SHA-256, so that how long a look-up takes says nothing of the token.</remarks>
internal sealed class TokenBook
{
    private readonly string _file;
    private readonly string _ownHash;
    private volatile IReadOnlyDictionary<string, AccessToken> _tokens;

    private TokenBook(string file, IReadOnlyDictionary<string, AccessToken> tokens)
    {
        (_file, _tokens) = (file, tokens);
        OwnToken = SecretText.Create();
        _ownHash = SecretText.Hash(OwnToken);
    }

    /// <summary>The engine's own token for what it sends to itself; made at each start, never shown.</summary>
    public string OwnToken { get; }

    /// <summary>Reads a tokens file.</summary>
    /// <returns>The book, or what is wrong with the file.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static (TokenBook? Book, IReadOnlyList<string> Errors) Open(string file)
    {
        var (tokens, errors) = TokenFile.Read(file);
        return errors.Count > 0 ? (null, [.. errors.Select(static error => error.ToString())]) : (new TokenBook(file, tokens), []);
    }

    /// <summary>Reads the file again; one with errors is not taken over.</summary>
    /// <returns>What is wrong with it; null when it was taken over.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public string? Reload()
    {
        var (tokens, errors) = TokenFile.Read(_file);
        if (errors.Count > 0)
            return string.Join("; ", errors);
        _tokens = tokens;
        return null;
    }

    /// <summary>Who sends an Authorization header; null when it holds no token that is in force.</summary>
    /// <param name="headers">"Bearer TOKEN"; "Basic …" with the token as password; "ApiKey …" with the token, or as the key of an id.</param>
    public AccessToken? Find(StringValues headers)
    {
        var text = headers.ToString();
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        if (headers.Count != 1 || space < 0)
            return null;
        var given = text[(space + 1)..].Trim();
        return text.AsSpan(0, space) switch
        {
            var scheme when scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) => Of(given),
            var scheme when scheme.Equals("ApiKey", StringComparison.OrdinalIgnoreCase) => Of(given) ?? Of(Password(given)),
            var scheme when scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase) => Of(Password(given)),
            _ => null,
        };
    }

    /// <summary>What stands behind the colon of "user:password" in base64; empty for another text.</summary>
    private static string Password(string encoded)
    {
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
            return "";
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        return text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    private AccessToken? Of(string token)
    {
        var hash = SecretText.Hash(token);
        return hash == _ownHash ? s_own : _tokens.GetValueOrDefault(hash);
    }

    private static readonly AccessToken s_own = new("did:vm:engine:self", AccessScopes.Ingest, new Sender("did:vm:engine:self", null, long.MaxValue, null));
}
