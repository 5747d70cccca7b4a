using System.Buffers.Binary;
using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>journal/synced: the last record whose sync returned, so that a start can tell a torn end from a damaged one.</summary>
/// <remarks>
/// Written after each sync and never synced itself: it costs a write to the page cache, outlives the process at once and the power after some
/// seconds, and never says more than what is on disk. Derived: without it, or where it does not verify, later records, HEAD and low-water
/// still tell. Not thread-safe.
/// </remarks>
internal sealed class SyncedMark(DiskFolder disk, string folder) : IDisposable
{
    private const string FileName = "synced";
    private const int FieldBytes = sizeof(long) + Digest.Bytes;

    private DiskFile? _file;

    /// <summary>The mark; null where there is none that verifies.</summary>
    public static JournalEnd? Read(DiskFolder disk, string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        using var file = disk.OpenRead(path);
        Span<byte> bytes = stackalloc byte[FieldBytes + Digest.Bytes];
        if (file.Read(bytes, 0) != bytes.Length || Blake3.Hash(bytes[..FieldBytes]) != new Digest(bytes[FieldBytes..]))
            return null;
        return new JournalEnd(BinaryPrimitives.ReadInt64LittleEndian(bytes), new Digest(bytes[sizeof(long)..FieldBytes]));
    }

    /// <summary>Moves the mark to a record that is on disk.</summary>
    public void Write(long position, in Digest chain)
    {
        Span<byte> bytes = stackalloc byte[FieldBytes + Digest.Bytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, position);
        chain.CopyTo(bytes[sizeof(long)..]);
        Blake3.Hash(bytes[..FieldBytes]).CopyTo(bytes[FieldBytes..]);
        try
        {
            _file ??= Open();
            _file.Write(bytes, 0);
        }
        catch (IOException)
        {
            // The record is on disk all the same; an older mark says less and nothing wrong.
            Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private DiskFile Open()
    {
        var path = Path.Combine(folder, FileName);
        return disk.Open(path, create: !File.Exists(path));
    }
}
