using System.Text;
using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;

namespace VmObs.Receipts;

/// <summary>The secret that derived files are tagged with, so that nobody changes one unseen who cannot read it: where the signing secret is the
/// environment's, derived of that; else in keys/derived.key (0600), made when it is not there.</summary>
/// <remarks>A rotation of the signing key leaves it alone, for then all derived files would be made again. Whoever deletes the file has that done.</remarks>
internal static class DerivedFileKey
{
    public const string RelativePath = "keys/derived.key";

    /// <summary>The secret, which is made where there is none.</summary>
    /// <param name="disk">The file system.</param>
    /// <param name="dataFolder">Absolute path.</param>
    /// <param name="signingSeed">The signing secret where the environment has it.</param>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    public static byte[] Open(DiskFolder disk, string dataFolder, byte[]? signingSeed) =>
        Find(dataFolder, signingSeed) ?? SecretKeyFile.Create(disk, Path.Combine(dataFolder, RelativePath));

    /// <summary>The secret; null where there is none, or nobody may read it.</summary>
    /// <param name="dataFolder">Absolute path.</param>
    /// <param name="signingSeed">The signing secret where the environment has it.</param>
    public static byte[]? Find(string dataFolder, byte[]? signingSeed)
    {
        if (signingSeed is not null)
            return For("derived files", signingSeed);
        var path = Path.Combine(dataFolder, RelativePath);
        try
        {
            // What is no secret is as none: files are made again, which is all that hangs on it.
            return File.Exists(path) ? SecretKeyFile.Parse(File.ReadAllText(path)) : null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>32 bytes for one kind of files, the same ones each time; they tell nothing about the secret or those of another kind.</summary>
    /// <param name="purpose">"receipt index".</param>
    /// <param name="secret">32 bytes.</param>
    public static byte[] For(string purpose, ReadOnlySpan<byte> secret) => Blake3.Hash(Encoding.UTF8.GetBytes("vm-obs key of " + purpose), Blake3Mode.Keyed(secret)).Span.ToArray();
}
