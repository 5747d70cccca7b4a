namespace VmObs.Signals;

/// <summary>A node has two spellings: short in labels and on the command line ("brick-01"), and a DID in SPEC documents
/// and receipts ("did:vm:node:brick-01").</summary>
public static class NodeName
{
    /// <summary>What precedes the short name in a node's DID.</summary>
    public const string DidPrefix = "did:vm:node:";

    /// <summary>The short name of either spelling.</summary>
    public static string ToShort(string node) => node.StartsWith(DidPrefix, StringComparison.Ordinal) ? node[DidPrefix.Length..] : node;

    /// <summary>The DID of either spelling.</summary>
    public static string ToDid(string node) => node.StartsWith(DidPrefix, StringComparison.Ordinal) ? node : DidPrefix + node;

    /// <summary>The short name of either spelling, in UTF-8.</summary>
    public static ReadOnlySpan<byte> ToShort(ReadOnlySpan<byte> node) => node.StartsWith("did:vm:node:"u8) ? node["did:vm:node:"u8.Length..] : node;
}
