using System.Buffers;
using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Remains;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Makes slices of sealed files. The first one of a file hashes all of it; its outboard is kept for the next.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SealedSlices(StoreContext context)
{
    // A file of 128 MB has 128 KiB of parents: the last hundred files' are kept.
    private const int GroupBytes = 64 * 1024, MaxKeptBytes = 16 * 1024 * 1024;

    private readonly LruCache<(string Path, Digest Root), BaoOutboard> _outboards = new(MaxKeptBytes);

    /// <summary>The slice of a range, in groups of 1 KiB.</summary>
    /// <param name="storagePath">The file, relative to the data folder.</param>
    /// <param name="root">BLAKE3 of the file as it was sealed.</param>
    /// <param name="offset">The range's first byte.</param>
    /// <param name="length">Bytes of the range, which are still there.</param>
    /// <exception cref="DamagedFileException">The file is not what was sealed.</exception>
    /// <exception cref="FileNotFoundException">It has expired.</exception>
    public byte[] Slice(string storagePath, in Digest root, long offset, long length)
    {
        using var file = SealedFile.Open(context.Disk, Path.Combine(context.DataFolder, storagePath));
        var outboard = _outboards.Find((storagePath, root));
        if (outboard is null)
        {
            outboard = OutboardOf(file, root);
            _outboards.Add((storagePath, root), outboard, outboard.Parents.Length);
        }
        var slice = new ArrayBufferWriter<byte>(64 * 1024);
        try
        {
            BaoSlice.Extract(outboard, file.File.Read, offset, length, BaoTree.InterchangeGroupBytes, slice);
        }
        catch (FormatException error)
        {
            throw new DamagedFileException(file.File.Path, offset, error.Message, "what was sealed");
        }
        return slice.WrittenSpan.ToArray();
    }

    private BaoOutboard OutboardOf(SealedFile file, in Digest root)
    {
        if (file.Remains is not null)
        {
            var path = file.File.Path + RemainsHead.Suffix;
            try
            {
                return RemainsCheck.Read(RemainsFile.ReadWhole(context.Disk, path), root).Check.Outboard;
            }
            catch (FormatException error)
            {
                throw new DamagedFileException(path, 0, error.Message, "the outboard of the file");
            }
        }
        var builder = new BaoOutboardBuilder(GroupBytes);
        var buffer = new byte[1024 * 1024];
        for (long offset = 0; file.File.Read(buffer, offset) is > 0 and var read; offset += read)
            builder.Update(buffer.AsSpan(0, read));
        var outboard = builder.Finish();
        return outboard.Root == root
            ? outboard
            : throw new DamagedFileException(file.File.Path, 0, $"bytes with the hash blake3:{outboard.Root}", $"blake3:{root}, as its receipt says");
    }
}
