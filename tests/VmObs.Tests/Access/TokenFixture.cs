using VmObs.Access;
using VmObs.Tests.Support;

namespace VmObs.Tests.Access;

/// <summary>A tokens file in a folder of its own, with a token a scope and one that is bound to a node.</summary>
internal sealed class TokenFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TokenFixture() => Write(("did:vm:agent:in", "ingest", Ingest, null), ("did:vm:human:read", "read", Read, null), ("did:vm:human:op", "operate", Operate, null), ("did:vm:node:brick-01", "ingest", Bound, "brick-01"));

    public string Ingest { get; } = SecretText.Create();

    public string Read { get; } = SecretText.Create();

    public string Operate { get; } = SecretText.Create();

    public string Bound { get; } = SecretText.Create();

    public string File => Path.Combine(_folder.Path, "tokens.yaml");

    public TokenBook Open()
    {
        var (book, errors) = TokenBook.Open(File);
        Assert.Empty(errors);
        return book!;
    }

    public void Write(params (string Did, string Scopes, string Token, string? Node)[] tokens) => System.IO.File.WriteAllText(
        File, "tokens:\n" + string.Concat(tokens.Select(token =>
            $"  - sha256: {SecretText.Hash(token.Token)}\n    did: {token.Did}\n    scopes: [{token.Scopes}]\n" + (token.Node is null ? "" : $"    node: {token.Node}\n"))));

    public void Dispose() => _folder.Dispose();
}
