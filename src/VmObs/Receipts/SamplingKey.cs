using System.Security.Cryptography;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Sampling;

namespace VmObs.Receipts;

/// <summary>The key of the hash that says which traces are in a sampling rule's share: made at first start, in keys/sampling.key (0600).</summary>
/// <remarks>No old decision needs it: the journal has their verdicts. Another key is a new set of rules, with a receipt of its own.</remarks>
internal static class SamplingKey
{
    public const string RelativePath = "keys/sampling.key";

    /// <summary>The rules under the folder's key, which is made where there is none.</summary>
    /// <exception cref="IOException">The key cannot be read or made.</exception>
    public static SamplingRules Under(DiskFolder disk, string dataFolder, IReadOnlyList<SamplingRule> rules)
    {
        var path = Path.Combine(dataFolder, RelativePath);
        var key = File.Exists(path) ? SecretKeyFile.Read(path, "a sampling key") : SecretKeyFile.Create(disk, path);
        try
        {
            return new SamplingRules(rules, key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
