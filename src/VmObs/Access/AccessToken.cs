namespace VmObs.Access;

/// <summary>Who a token stands for. The token itself is known to its holder alone.</summary>
/// <param name="Did">Who holds it: "did:vm:node:brick-01".</param>
/// <param name="Scopes">What it allows.</param>
/// <param name="Node">Short name of the node whose records alone it sends; null where its holder sends for others too.</param>
internal sealed record AccessToken(string Did, AccessScopes Scopes, string? Node);
