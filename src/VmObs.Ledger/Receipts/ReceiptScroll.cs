using System.Globalization;
using System.Text;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;

namespace VmObs.Ledger.Receipts;

/// <summary>A scroll of receipts as its two Merkle trees see it: BLAKE3, whose root each line carries, and SHA-256, which log tools read.</summary>
/// <remarks>
/// A line is the RFC 8785 form of the whole receipt; its entry, which is what the trees hold, is that without the member root_hash. The
/// root_hash is the BLAKE3 root after the entry itself, so a line commits to all before it and to itself. Not thread-safe.
/// </remarks>
public sealed class ReceiptScroll
{
    /// <summary>A line is at most this long, so that an entry fits a tile bundle's 65,535 bytes.</summary>
    public const int MaxLineBytes = 60 * 1024;

    private readonly MerkleFrontier<Blake3MerkleHash> _blake3;
    private readonly MerkleFrontier<Sha256MerkleHash> _sha256;

    /// <summary>An empty scroll.</summary>
    public ReceiptScroll()
        : this(new(), new())
    {
    }

    /// <summary>A scroll whose trees were stored.</summary>
    /// <param name="blake3">The BLAKE3 tree over its entries.</param>
    /// <param name="sha256">The SHA-256 tree over the same entries.</param>
    public ReceiptScroll(MerkleFrontier<Blake3MerkleHash> blake3, MerkleFrontier<Sha256MerkleHash> sha256) => (_blake3, _sha256) = (blake3, sha256);

    /// <summary>Gets what <see cref="Append"/> and <see cref="Replay"/> add to the BLAKE3 tree, to be stored.</summary>
    public IMerkleTileSink? Blake3Tiles { get; init; }

    /// <summary>Gets what they add to the SHA-256 tree.</summary>
    public IMerkleTileSink? Sha256Tiles { get; init; }

    /// <summary>Number of receipts.</summary>
    public long Size => _blake3.Size;

    /// <summary>The BLAKE3 root over all entries.</summary>
    public Digest Blake3Root => _blake3.Root();

    /// <summary>The SHA-256 root over all entries.</summary>
    public Digest Sha256Root => _sha256.Root();

    /// <summary>The scroll as it is now, to go back to.</summary>
    public ReceiptScroll Copy() => new(_blake3.Copy(), _sha256.Copy()) { Blake3Tiles = Blake3Tiles, Sha256Tiles = Sha256Tiles };

    /// <summary>Adds a receipt and returns its line, without the newline.</summary>
    /// <param name="receipt">A JSON object with seq equal to <see cref="Size"/> and without root_hash.</param>
    /// <exception cref="FormatException">Not such an object, or a line over <see cref="MaxLineBytes"/>.</exception>
    public byte[] Append(ReadOnlySpan<byte> receipt)
    {
        var entry = CanonicalJson.Canonicalize(receipt);
        var isPlain = CanonicalLine.TryRead(entry, out var facts);
        var (seq, hash) = isPlain ? (facts.Seq, facts.RootHash.IsEmpty ? null : "one") : SequenceAndHash(entry);
        // What the trees have taken they keep, so everything is checked first.
        if (seq != Size)
            throw new FormatException($"a receipt for place {Size} says seq {seq}");
        if (hash is not null)
            throw new FormatException("a receipt that says root_hash already; the scroll writes it");
        if (entry.Length + RootHashMemberBytes > MaxLineBytes)
            throw new FormatException($"a receipt of {entry.Length + RootHashMemberBytes} bytes is over the limit of {MaxLineBytes}");
        Add(entry);
        var member = Encoding.ASCII.GetBytes($"\"{RootHash}\":\"{HashPrefix}{Blake3Root.ToHex()}\"");
        if (!isPlain)
            return CanonicalJson.Canonicalize([(byte)'{', .. member, (byte)',', .. entry.AsSpan(1)]);
        var at = facts.RootHashMember.Start.Value;
        return at == entry.Length - 1
            ? [.. entry.AsSpan(0, at), (byte)',', .. member, (byte)'}']
            : [.. entry.AsSpan(0, at), .. member, (byte)',', .. entry.AsSpan(at)];
    }

    /// <summary>Adds a line that was written before, checking all that it says of itself and of the scroll.</summary>
    /// <returns>What is wrong with it, as found and expected; null when nothing is. After a wrong line the scroll must not be used.</returns>
    public string? Replay(ReadOnlySpan<byte> line)
    {
        if (line.Length > MaxLineBytes)
            return $"found {line.Length} bytes, expected at most {MaxLineBytes}";
        if (!CanonicalLine.TryRead(line, out var facts))
            return ReplaySlowly(line);
        if (facts.Seq != Size)
            return WrongSequence(facts.Seq);
        var (from, to) = (facts.RootHashMember.Start.Value, facts.RootHashMember.End.Value);
        var length = line.Length - to + from;
        Span<byte> entry = length <= MaxStackBytes ? stackalloc byte[MaxStackBytes] : new byte[length];
        line[..from].CopyTo(entry);
        line[to..].CopyTo(entry[from..]);
        Add(entry[..length]);
        return CheckRoot(facts.RootHash.IsEmpty ? null : Encoding.UTF8.GetString(facts.RootHash));
    }

    /// <summary>What the trees hold of a line: its RFC 8785 form without root_hash.</summary>
    /// <exception cref="FormatException">Not a JSON object that has such a form.</exception>
    public static byte[] EntryOf(ReadOnlySpan<byte> line) =>
        CanonicalLine.TryRead(line, out var facts)
            ? [.. line[..facts.RootHashMember.Start.Value], .. line[facts.RootHashMember.End.Value..]]
            : CanonicalJson.Canonicalize(line, RootHash);

    private const string RootHash = "root_hash";

    private const string HashPrefix = "blake3:";

    // Most lines are far shorter.
    private const int MaxStackBytes = 4096;

    // ,"root_hash":"blake3:<64>"
    private const int RootHashMemberBytes = 13 + 1 + 7 + 64 + 1;

    private string? ReplaySlowly(ReadOnlySpan<byte> line)
    {
        byte[] entry;
        try
        {
            if (!line.SequenceEqual(CanonicalJson.Canonicalize(line)))
                return "found JSON in another form, expected RFC 8785";
            entry = CanonicalJson.Canonicalize(line, RootHash);
        }
        catch (FormatException error)
        {
            return $"found {error.Message}, expected RFC 8785 JSON";
        }
        var (seq, hash) = SequenceAndHash(line);
        if (seq != Size)
            return WrongSequence(seq);
        Add(entry);
        return CheckRoot(hash);
    }

    private void Add(ReadOnlySpan<byte> entry)
    {
        _blake3.Append(Blake3MerkleHash.Leaf(entry), Blake3Tiles);
        _sha256.Append(Sha256MerkleHash.Leaf(entry), Sha256Tiles);
    }

    private string WrongSequence(long? found) => $"found seq {found?.ToString(CultureInfo.InvariantCulture) ?? "none"}, expected seq {Size}";

    private string? CheckRoot(string? found)
    {
        var expected = HashPrefix + Blake3Root.ToHex();
        return found == expected ? null : $"found root_hash {found ?? "none"}, expected {expected}";
    }

    private static (long? Seq, string? RootHash) SequenceAndHash(ReadOnlySpan<byte> line)
    {
        using var document = JsonDocument.Parse(line.ToArray());
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            return (null, null);
        return (
            root.TryGetProperty("seq", out var seq) && seq.ValueKind == JsonValueKind.Number && seq.TryGetInt64(out var value) ? value : null,
            root.TryGetProperty(RootHash, out var hash) ? hash.ToString() : null);
    }
}
