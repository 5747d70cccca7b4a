using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Remains;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>The outboard beside a sealed file of which a part expired. Format: docs/format/outboard.md.</summary>
internal static class RemainsFile
{
    /// <summary>The head alone, which says what is gone; null when there is no outboard.</summary>
    /// <param name="disk">The file system.</param>
    /// <param name="sealedPath">The sealed file's path.</param>
    /// <exception cref="DamagedFileException">It is not a head.</exception>
    public static RemainsHead? ReadHead(DiskFolder disk, string sealedPath)
    {
        var path = sealedPath + RemainsHead.Suffix;
        if (!File.Exists(path))
            return null;
        try
        {
            using var file = disk.OpenRead(path);
            var start = new byte[RemainsHead.FixedBytes];
            start = start[..file.Read(start, 0)];
            var head = new byte[RemainsHead.LengthOf(start, file.Length)];
            return RemainsHead.Parse(head.AsSpan(0, file.Read(head, 0)));
        }
        catch (FileNotFoundException)
        {
            // The sealed file expired as a whole since the look.
            return null;
        }
        catch (FormatException error)
        {
            throw new DamagedFileException(path, 0, error.Message, "an outboard's head");
        }
    }

    /// <summary>Reads a small file whole; null when it is not there.</summary>
    public static byte[]? ReadWhole(DiskFolder disk, string path)
    {
        if (!File.Exists(path))
            return null;
        using var file = disk.OpenRead(path);
        var bytes = new byte[file.Length];
        return bytes[..file.Read(bytes, 0)];
    }

    /// <summary>The outboard file's bytes: the head, then the parents.</summary>
    public static byte[] ToBytes(RemainsHead head, BaoOutboard outboard) => [.. head.ToBytes(), .. outboard.Parents];

    /// <summary>The outboard of a file as it lies there.</summary>
    public static BaoOutboard Build(DiskFile file)
    {
        var builder = new BaoOutboardBuilder();
        var buffer = new byte[256 * 1024];
        for (long offset = 0; file.Read(buffer, offset) is > 0 and var read; offset += read)
            builder.Update(buffer.AsSpan(0, read));
        return builder.Finish();
    }
}
