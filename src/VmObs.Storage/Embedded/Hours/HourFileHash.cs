using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A receipt's content_hash, from the file as it lies there.</summary>
internal static class HourFileHash
{
    /// <summary>BLAKE3 of all bytes of a file.</summary>
    public static Digest Of(DiskFile file)
    {
        var hasher = new Blake3Hasher();
        var buffer = new byte[256 * 1024];
        for (long offset = 0; file.Read(buffer, offset) is > 0 and var read; offset += read)
            hasher.Update(buffer.AsSpan(0, read));
        return hasher.Finish();
    }
}
