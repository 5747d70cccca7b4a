namespace VmObs.Demo;

/// <summary>A span of a request through the mesh.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Service">By whom.</param>
/// <param name="Node">Where, short.</param>
/// <param name="StartMs">When, from the request's start.</param>
/// <param name="DurationMs">How long.</param>
internal sealed record MeshSpan(string Name, string Service, string Node, double StartMs, double DurationMs)
{
    /// <summary>Number of the span that it is part of, from 0; the first span is the request itself.</summary>
    public int Parent { get; init; }

    /// <summary>What went wrong; null: nothing.</summary>
    public string? Failure { get; init; }

    public IReadOnlyList<(string Name, object Value)> Attributes { get; init; } = [];
}
