using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Merkle;

/// <summary>The hash of an RFC 6962 tree: leaves are H(0x00 ‖ data), nodes H(0x01 ‖ left ‖ right), the empty tree H("").</summary>
public interface IMerkleHash
{
    /// <summary>Root of the empty tree.</summary>
    static abstract Digest Empty { get; }

    /// <summary>A leaf's hash.</summary>
    static abstract Digest Leaf(ReadOnlySpan<byte> data);

    /// <summary>A node's hash.</summary>
    static abstract Digest Node(in Digest left, in Digest right);
}
