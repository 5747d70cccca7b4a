using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Receipts;
using VmObs.Signals.Filters;
using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Sampling;

/// <summary>The rules by which traces are kept or sampled out: the first one that matches decides, and a trace that none matches is kept.</summary>
/// <remarks>
/// Whether a trace is in a rule's share is a keyed hash of its id: all its parts come out alike, and nobody without the key can choose ids that
/// are always kept, or never. The receipt of the rules names the key's hash, so that the key can be shown later and all shares recomputed.
/// Thread-safe.
/// </remarks>
public sealed class SamplingRules
{
    /// <summary>A decision of the journal names a rule by a byte, of which 0 means kept.</summary>
    public const int MaxRules = 32;

    private readonly Blake3Mode _underKey;
    // Kept below; a share of all is none of these.
    private readonly ulong?[] _shares;
    private readonly ulong _smallestShare;

    /// <summary>A set of rules under a key.</summary>
    /// <param name="rules">At most <see cref="MaxRules"/>, in order.</param>
    /// <param name="key"><see cref="Blake3Mode.KeyBytes"/> secret bytes.</param>
    public SamplingRules(IReadOnlyList<SamplingRule> rules, ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rules.Count, MaxRules);
        Rules = rules;
        _underKey = Blake3Mode.Keyed(key);
        _shares = [.. rules.Select(rule => Share(rule.Rate))];
        _smallestShare = _shares.Min() ?? ulong.MaxValue;
        DropsTraces = Array.Exists(_shares, share => share is not null);
        KeyCommitment = Blake3.Hash(key);
        Hash = Blake3.Hash(Canonical());
    }

    /// <summary>The rules in their order.</summary>
    public IReadOnlyList<SamplingRule> Rules { get; }

    /// <summary>BLAKE3 of the key.</summary>
    public Digest KeyCommitment { get; }

    /// <summary>BLAKE3 of the RFC 8785 form of {"key_commitment","sampling_rules"}: what decisions name the set by.</summary>
    public Digest Hash { get; }

    /// <summary>Whether any trace can be sampled out at all.</summary>
    public bool DropsTraces { get; }

    /// <summary>The rule that samples a trace out, by its place; -1 for one that is kept.</summary>
    public int Decide(TraceId id, IFilterDocument trace)
    {
        for (var i = 0; i < _shares.Length; i++)
        {
            if (Rules[i].Filter.Matches(trace))
                return _shares[i] is { } share && Place(id) >= share ? i : -1;
        }
        return -1;
    }

    /// <summary>Whether every rule would keep a trace for its id alone.</summary>
    public bool IsAlwaysKept(TraceId id) => !DropsTraces || Place(id) < _smallestShare;

    /// <summary>Writes the members that say what the rules are, within an object.</summary>
    public void WriteMembers(Utf8JsonWriter json)
    {
        json.WriteString("key_commitment", "blake3:" + KeyCommitment.ToHex());
        json.WriteStartArray("sampling_rules");
        foreach (var rule in Rules)
        {
            json.WriteStartObject();
            json.WriteString("name", rule.Name);
            json.WriteString("condition", rule.Condition);
            json.WriteNumber("rate", rule.Rate);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private ulong Place(TraceId id)
    {
        Span<byte> bytes = stackalloc byte[TraceId.Bytes];
        id.Write(bytes);
        return BinaryPrimitives.ReadUInt64BigEndian(Blake3.Hash(bytes, _underKey).Span);
    }

    // 2^64 itself has no place among 64 bits: the share of all.
    private static ulong? Share(double rate) => rate >= 1 ? null : (ulong)(Math.Max(rate, 0) * 18_446_744_073_709_551_616.0);

    private byte[] Canonical()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            WriteMembers(json);
            json.WriteEndObject();
        }
        return CanonicalJson.Canonicalize(bytes.WrittenSpan);
    }
}
