using System.Buffers.Binary;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Seal;

/// <summary>How far an open hour's file is written and what of the journal is in it.</summary>
/// <param name="AppliedThrough">All records of the journal up to here that belong to the hour are in the file.</param>
/// <param name="FirstPosition">The first record of the journal that brought data for the hour.</param>
/// <param name="FirstArrivalUnixNanos">When that record arrived.</param>
/// <param name="Length">The file's bytes that count.</param>
/// <param name="HashState">State of the file's BLAKE3 at that length.</param>
internal sealed record HourFlush(long AppliedThrough, long FirstPosition, long FirstArrivalUnixNanos, long Length, byte[] HashState);

/// <summary>What a manifest says: the last flush with all blocks so far, or the finished file.</summary>
internal sealed record HourManifestState(HourFlush? Flush, IReadOnlyList<LogBlock> Blocks, SealedHour? Sealed);

/// <summary>The file beside an open hour's file that tells a restart what of it counts. Format: docs/format/manifest.md.</summary>
/// <remarks>
/// Append-only: an entry is written after the data it speaks of is synced, and is synced before anything relies on it, so a flush costs
/// two fdatasyncs and no rename. A torn last entry is one that nothing relies on yet.
/// </remarks>
internal sealed class HourManifest : IDisposable
{
    private const byte FlushEntry = 1;
    private const byte SealEntry = 2;
    private const int HeadBytes = 12;

    private readonly DiskFile _file;
    private long _length;

    private HourManifest(DiskFile file, long length)
    {
        _file = file;
        _length = length;
    }

    private static ReadOnlySpan<byte> Magic => "VMM1"u8;

    /// <summary>Creates an empty manifest, with its name durable.</summary>
    public static HourManifest Create(DiskFolder disk, string path)
    {
        disk.Delete(path);
        var manifest = new HourManifest(disk.Open(path, create: true), 0);
        disk.SyncFolder(Path.GetDirectoryName(path)!);
        return manifest;
    }

    /// <summary>Opens a manifest and reads it; goes on after its last whole entry, which is durable when this returns.</summary>
    public static (HourManifest Manifest, HourManifestState State) Open(DiskFolder disk, string path)
    {
        var file = disk.Open(path, create: false);
        try
        {
            var bytes = new byte[file.Length];
            file.Read(bytes, 0);
            var (state, last, length) = Parse(bytes);
            // The last entry may be in the page cache only, and clean there when its sync had failed: it is written once more.
            file.Write(bytes.AsSpan(last, length - last), last);
            if (length < bytes.Length)
                file.SetLength(length);
            file.Sync();
            return (new HourManifest(file, length), state);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of whole entries that are durable.</summary>
    public long Length => _length;

    /// <summary>Goes on with a manifest after an entry that the disk refused: what lies beyond the durable entries is cut off.</summary>
    public static HourManifest Reopen(DiskFolder disk, string path, long length)
    {
        var file = disk.Open(path, create: false);
        try
        {
            file.SetLength(length);
            // Before the hour's file is cut: an entry that is there although the disk reported otherwise speaks of what is cut.
            file.Sync();
            return new HourManifest(file, length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Notes a flush: the data is on the disk, the blocks are those it added.</summary>
    public void AppendFlush(HourFlush flush, IEnumerable<LogBlock> newBlocks)
    {
        using var payload = new PooledBuffer();
        var head = payload.GetSpan(36);
        BinaryPrimitives.WriteInt64LittleEndian(head, flush.AppliedThrough);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], flush.FirstPosition);
        BinaryPrimitives.WriteInt64LittleEndian(head[16..], flush.FirstArrivalUnixNanos);
        BinaryPrimitives.WriteInt64LittleEndian(head[24..], flush.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[32..], flush.HashState.Length);
        payload.Advance(36);
        payload.Write(flush.HashState);
        foreach (var block in newBlocks)
            LogBlockTable.Write(payload, block);
        Append(FlushEntry, payload.WrittenSpan);
    }

    /// <summary>Notes that the file is finished; from here on it is what the receipt will say, whatever happens.</summary>
    public void AppendSeal(SealedHour hour) => Append(SealEntry, JsonSerializer.SerializeToUtf8Bytes(hour, StorageJson.Default.SealedHour));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Append(byte type, ReadOnlySpan<byte> payload)
    {
        using var entry = new PooledBuffer(HeadBytes + payload.Length + Digest.Bytes);
        entry.Write(Magic);
        entry.Write([type, 0, 0, 0]);
        BinaryPrimitives.WriteInt32LittleEndian(entry.GetSpan(4), payload.Length);
        entry.Advance(4);
        entry.Write(payload);
        Blake3.Hash(entry.WrittenSpan).CopyTo(entry.GetSpan(Digest.Bytes));
        entry.Advance(Digest.Bytes);
        _file.Write(entry.WrittenSpan, _length);
        _file.Sync();
        _length += entry.Length;
    }

    private static (HourManifestState State, int Last, int Length) Parse(ReadOnlySpan<byte> bytes)
    {
        HourFlush? flush = null;
        SealedHour? sealedHour = null;
        var blocks = new List<LogBlock>();
        var (last, at) = (0, 0);
        while (bytes.Length - at >= HeadBytes + Digest.Bytes && bytes[at..].StartsWith(Magic))
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[(at + 8)..]);
            if (length < 0 || length > bytes.Length - at - HeadBytes - Digest.Bytes)
                break;
            var entry = bytes.Slice(at, HeadBytes + length);
            if (Blake3.Hash(entry) != new Digest(bytes.Slice(at + entry.Length, Digest.Bytes)))
                break;
            if (entry[4] == SealEntry)
                sealedHour = JsonSerializer.Deserialize(entry[HeadBytes..], StorageJson.Default.SealedHour);
            else
                flush = ParseFlush(entry[HeadBytes..], blocks);
            last = at;
            at += entry.Length + Digest.Bytes;
        }
        return (new HourManifestState(flush, blocks, sealedHour), last, at);
    }

    private static HourFlush ParseFlush(ReadOnlySpan<byte> payload, List<LogBlock> blocks)
    {
        var stateLength = BinaryPrimitives.ReadInt32LittleEndian(payload[32..]);
        var flush = new HourFlush(
            BinaryPrimitives.ReadInt64LittleEndian(payload), BinaryPrimitives.ReadInt64LittleEndian(payload[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(payload[16..]), BinaryPrimitives.ReadInt64LittleEndian(payload[24..]),
            payload.Slice(36, stateLength).ToArray());
        for (var rest = payload[(36 + stateLength)..]; !rest.IsEmpty;)
            blocks.Add(LogBlockTable.Read(ref rest));
        return flush;
    }
}
