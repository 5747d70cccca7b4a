using VmObs.Access;
using VmObs.Receipts.Gaps;
using VmObs.Tests.Support;

namespace VmObs.Tests.Access;

public sealed class TokenFileTests
{
    private const string Hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void Tokens_are_read_with_who_holds_them()
    {
        var (tokens, errors) = Read($"tokens:\n- {{sha256: {Hash.ToUpperInvariant()}, did: 'did:vm:node:a', scopes: [ingest, operate], node: a, rate: 5MiB, max_body: 4096}}\n");
        Assert.Empty(errors);
        Assert.Equal(new AccessToken("did:vm:node:a", AccessScopes.Ingest | AccessScopes.Operate, new Sender("did:vm:node:a", "a", 5 * 1024 * 1024, 4096)), Assert.Single(tokens).Value);
    }

    [Theory]
    [InlineData("tokens: 1", "1:9: tokens: got \"1\", want a list")]
    [InlineData("token: []", "1:1: token: got an unknown key, want one of tokens; did you mean tokens?")]
    [InlineData($"tokens:\n- {{did: 'did:a:b', scopes: [read]}}", "2:3: tokens[0].sha256: got nothing, want 64 hexadecimal digits")]
    [InlineData($"tokens:\n- {{sha256: {Hash}, did: alice, scopes: [read]}}", "tokens[0].did: got \"alice\", want who holds the token, such as did:vm:node:brick-01")]
    [InlineData($"tokens:\n- {{sha256: {Hash}, did: 'did:a:b'}}", "tokens[0].scopes: got nothing, want some of ingest, read, operate")]
    [InlineData($"tokens:\n- {{sha256: {Hash}, did: 'did:a:b', scopes: [read, write]}}", "tokens[0].scopes: got \"write\", want some of ingest, read, operate")]
    [InlineData($"tokens:\n- {{sha256: {Hash}, did: 'did:a:b', scopes: [read], node: 'a b'}}", "tokens[0].node: got \"a b\", want a node's short name")]
    [InlineData($"tokens:\n- {{sha256: {Hash}, did: 'did:a:b', scopes: [read]}}\n- {{sha256: {Hash}, did: 'did:a:c', scopes: [read]}}", "tokens[1].sha256: got the hash of did:a:b's token, want a token of its own")]
    public void What_is_wrong_is_said_with_its_place(string text, string expected) =>
        Assert.Contains(expected, string.Join('\n', Read(text).Errors), StringComparison.Ordinal);

    [Fact]
    public void A_new_token_is_long_random_and_safe_in_headers()
    {
        var token = SecretText.Create();
        Assert.Matches("^vmo_[A-Za-z0-9_-]{43}$", token);
        Assert.NotEqual(token, SecretText.Create());
        Assert.Matches("^[0-9a-f]{64}$", SecretText.Hash(token));
    }

    private static (IReadOnlyDictionary<string, AccessToken> Tokens, IReadOnlyList<string> Errors) Read(string text)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "t");
        File.WriteAllText(file, text);
        var (tokens, errors) = TokenFile.Read(file);
        return (tokens, [.. errors.Select(static error => error.ToString())]);
    }
}
