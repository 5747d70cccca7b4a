using System.Security.Cryptography;
using System.Text;
using VmObs.Ledger.Checkpoints;
using VmObs.Storage.Disk;

namespace VmObs.Receipts;

/// <summary>The scroll's Ed25519 key: made at first start, secret in keys/observability.key (0600), public in keys/observability.vkey.</summary>
internal static class SigningKey
{
    public const string SecretFile = "keys/observability.key";
    public const string PublicFile = "keys/observability.vkey";

    /// <summary>Opens the key, or makes one.</summary>
    /// <exception cref="IOException">The secret is there without its public half, cannot be read, or belongs to another origin.</exception>
    public static NoteSigner OpenOrCreate(DiskFolder disk, string dataFolder, string? origin)
    {
        var secretPath = Path.Combine(dataFolder, SecretFile);
        var publicPath = Path.Combine(dataFolder, PublicFile);
        if (!File.Exists(secretPath))
            return Create(disk, secretPath, publicPath, origin);
        var seed = SecretKeyFile.Read(secretPath, "a signing key");
        try
        {
            var name = File.Exists(publicPath) ? NoteKey.Parse(File.ReadAllText(publicPath)).Name : Write(disk, publicPath, NameOf(origin, seed), seed);
            if (origin is not null && origin != name)
                throw new IOException($"{publicPath}: the scroll's origin is {name} and cannot become {origin}; remove scroll.origin from the configuration, or begin a new data folder");
            var signer = new NoteSigner(name, seed);
            if (!signer.PublicKey.Bytes.Span.SequenceEqual(NoteKey.Parse(File.ReadAllText(publicPath)).Bytes.Span))
            {
                signer.Dispose();
                throw new IOException($"{publicPath}: not the public half of {secretPath}; restore the pair that belongs together from where you keep it");
            }
            return signer;
        }
        catch (FormatException error)
        {
            throw new IOException($"{publicPath}: {error.Message}", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private static NoteSigner Create(DiskFolder disk, string secretPath, string publicPath, string? origin)
    {
        var seed = SecretKeyFile.Create(disk, secretPath);
        try
        {
            return new NoteSigner(Write(disk, publicPath, NameOf(origin, seed), seed), seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }

    private static string Write(DiskFolder disk, string publicPath, string name, byte[] seed)
    {
        var key = NoteKey.Create(name, NoteSigner.PublicKeyOf(seed));
        disk.Replace(publicPath, Encoding.UTF8.GetBytes(key.ToVerifierKey() + "\n"));
        return name;
    }

    private static string NameOf(string? origin, byte[] seed) =>
        origin ?? $"vm-obs/observability/{Convert.ToHexStringLower(SHA256.HashData(NoteSigner.PublicKeyOf(seed)))[..16]}";
}
