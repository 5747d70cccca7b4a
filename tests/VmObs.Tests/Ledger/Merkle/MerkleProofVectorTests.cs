using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Tests.Architecture;

namespace VmObs.Tests.Ledger.Merkle;

/// <summary>The probes that a public log library is tested with (MerkleProofVectors.json; their source and licence are in it).</summary>
public sealed class MerkleProofVectorTests
{
    private static readonly JsonElement s_file =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "VmObs.Tests", "Ledger", "Merkle", "MerkleProofVectors.json"))).RootElement;

    [Fact]
    public void Inclusion_probes_are_judged_as_published()
    {
        var judged = Probes("inclusion", probe => MerkleProofs.VerifyInclusion<Sha256MerkleHash>(
            Hash(probe, "leaf"), Number(probe, "index"), Number(probe, "size"), Proof(probe), Hash(probe, "root")));
        Assert.Equal((72, 6), judged);
    }

    [Fact]
    public void Consistency_probes_are_judged_as_published()
    {
        var judged = Probes("consistency", probe => MerkleProofs.VerifyConsistency<Sha256MerkleHash>(
            Number(probe, "size1"), Hash(probe, "root1"), Number(probe, "size2"), Hash(probe, "root2"), Proof(probe)));
        Assert.Equal((71, 5), judged);
    }

    private static (int All, int Valid) Probes(string kind, Func<JsonElement, bool> verify)
    {
        JsonElement[] probes = [.. s_file.GetProperty(kind).EnumerateArray()];
        Assert.All(probes, probe => Assert.Equal((probe.GetProperty("name").GetString(), probe.GetProperty("valid").GetBoolean()), (probe.GetProperty("name").GetString(), verify(probe))));
        return (probes.Length, probes.Count(probe => probe.GetProperty("valid").GetBoolean()));
    }

    private static long Number(JsonElement probe, string name) => (long)probe.GetProperty(name).GetUInt64();

    private static Digest Hash(JsonElement probe, string name) => Hash(probe.GetProperty(name));

    private static Digest Hash(JsonElement hex)
    {
        Assert.True(Digest.TryParseHex(hex.GetString(), out var hash));
        return hash;
    }

    private static Digest[] Proof(JsonElement probe) => [.. probe.GetProperty("proof").EnumerateArray().Select(Hash)];
}
