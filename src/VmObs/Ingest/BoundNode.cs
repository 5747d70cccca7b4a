namespace VmObs.Ingest;

/// <summary>The node that a request's sender is bound to; a feature of the request.</summary>
/// <param name="Name">Its short name.</param>
internal sealed record BoundNode(string Name);
