using VmObs.Receipts.Gaps;

namespace VmObs.Access;

/// <summary>Who a token stands for. The token itself is known to its holder alone.</summary>
/// <param name="Did">Who holds it: "did:vm:node:brick-01".</param>
/// <param name="Scopes">What it allows.</param>
/// <param name="Sender">What its holder is as a sender.</param>
internal sealed record AccessToken(string Did, AccessScopes Scopes, Sender Sender);
