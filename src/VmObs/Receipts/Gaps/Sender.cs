namespace VmObs.Receipts.Gaps;

/// <summary>A sender that a token tells who it is.</summary>
/// <param name="Did">Who holds the token.</param>
/// <param name="Node">Short name of the node that it is bound to, ASCII; null for one that sends for others too.</param>
/// <param name="BytesPerSecond">What it may send a second; null for what every sender may.</param>
/// <param name="BodyBytes">How large its requests may be; null for what every sender's may.</param>
internal sealed record Sender(string Did, string? Node, long? BytesPerSecond, int? BodyBytes);
