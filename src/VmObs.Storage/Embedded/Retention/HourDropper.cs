using VmObs.Ledger.Bao;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Remains;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Retention;

/// <summary>Drops sealed hours, whole or in part, so that a crash at any moment leaves either what was or what the receipt says.</summary>
/// <remarks>
/// A part: outboard under its pending name → receipt → outboard under its name, which takes the part from queries → holes → the pending name
/// goes. A file: receipt → out of the catalog → outboards → the file. The pending name, and a file that has such a receipt, are what a start finds
/// of work that is not done. Source: docs/architecture.md, "How an hour expires".
/// </remarks>
internal sealed class HourDropper(StoreContext context, Action<HourFile> takeFromQueries)
{
    /// <summary>Drops what is planned of a file.</summary>
    /// <returns>What its receipt says.</returns>
    /// <exception cref="DamagedFileException">What should remain is not what was sealed: nothing is dropped of it.</exception>
    /// <exception cref="IOException">The disk or the ledger refused; what was begun is gone on with at the next start or round.</exception>
    public async Task<ExpiredHour> DropAsync(HourExpiry expiry, string contentHash, long nowUnixNanos, CancellationToken cancellationToken)
    {
        if (!expiry.Rest.IsEmpty)
            return await DropPartAsync(expiry, contentHash, nowUnixNanos, cancellationToken);
        var facts = expiry.ToFacts(contentHash, nowUnixNanos);
        await context.Receipts.HourExpiredAsync(facts, cancellationToken);
        takeFromQueries(expiry.File);
        Delete(expiry.File.PathIn(context.DataFolder));
        return facts;
    }

    /// <summary>Carries out what receipts say and is not done; takes back what has no receipt.</summary>
    /// <param name="failures">Gets what could not be done; it is tried again the next time.</param>
    public void FinishInterrupted(List<string> failures)
    {
        var receipts = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var receipt in context.Receipts.ExpiredHours)
            receipts[receipt.StoragePath] = receipt.OutboardHead;
        foreach (var (storagePath, head) in receipts)
        {
            if (head is null && HourFile.TryParse(storagePath)?.PathIn(context.DataFolder) is { } path && (File.Exists(path) || File.Exists(path + RemainsHead.Suffix)))
                Try(storagePath, () => Delete(path));
        }
        var telemetry = Path.Combine(context.DataFolder, "telemetry");
        if (!Directory.Exists(telemetry))
            return;
        foreach (var pending in Directory.GetFiles(telemetry, "*" + RemainsHead.PendingSuffix, SearchOption.AllDirectories))
        {
            var path = pending[..^RemainsHead.PendingSuffix.Length];
            var storagePath = Path.GetRelativePath(context.DataFolder, path).Replace(Path.DirectorySeparatorChar, '/');
            if (HourFile.TryParse(storagePath) is not null)
                Try(storagePath, () => FinishPart(path, receipts.GetValueOrDefault(storagePath)));
        }

        void Try(string storagePath, Action finish)
        {
            try
            {
                finish();
            }
            catch (Exception error) when (IsOfTheDisk(error))
            {
                failures.Add($"{storagePath}: {error.Message}");
            }
        }
    }

    /// <summary>Whether a failure is the disk's or the ledger's, and not ours.</summary>
    public static bool IsOfTheDisk(Exception error) => error is IOException or UnauthorizedAccessException;

    private void FinishPart(string path, string? receiptedHead)
    {
        var pending = path + RemainsHead.PendingSuffix;
        var bytes = RemainsFile.ReadWhole(context.Disk, pending)!;
        RemainsHead head;
        try
        {
            head = RemainsHead.Parse(bytes);
        }
        catch (FormatException error)
        {
            throw new DamagedFileException(pending, 0, error.Message, "an outboard, which gets its name when it is whole");
        }
        if (head.Hash().ToHex() == receiptedHead)
            Complete(path, head, bytes);
        else
            context.Disk.Delete(pending);
    }

    private async Task<ExpiredHour> DropPartAsync(HourExpiry expiry, string contentHash, long nowUnixNanos, CancellationToken cancellationToken)
    {
        var path = expiry.File.PathIn(context.DataFolder);
        RemainsHead head;
        byte[] bytes;
        using (var file = SealedFile.Open(context.Disk, path))
        {
            var outboard = Prove(file, contentHash);
            head = HeadAfter(file, expiry, outboard);
            bytes = RemainsFile.ToBytes(head, outboard);
        }
        context.Disk.Replace(path + RemainsHead.PendingSuffix, bytes);
        var facts = expiry.ToFacts(contentHash, nowUnixNanos, head.Hash().ToHex());
        await context.Receipts.HourExpiredAsync(facts, cancellationToken);
        Complete(path, head, bytes);
        return facts;
    }

    /// <summary>The outboard, once all that is there is known to be what was sealed: no receipt may stand for bytes that something else changed.</summary>
    private BaoOutboard Prove(SealedFile file, string contentHash)
    {
        var path = file.File.Path;
        if (file.Remains is null)
        {
            var built = RemainsFile.Build(file.File);
            return built.Root.ToHex() == contentHash
                ? built
                : throw new DamagedFileException(path, 0, $"content_hash blake3:{built.Root}", $"blake3:{contentHash} as its receipt says; nothing of it is dropped before that is looked at");
        }
        try
        {
            var (_, check) = RemainsCheck.Read(RemainsFile.ReadWhole(context.Disk, path + RemainsHead.Suffix), Digest.TryParseHex(contentHash, out var hash) ? hash : default);
            return check.CheckAll(file.File.Read).Altered is [var altered, ..]
                ? throw new DamagedFileException(path, altered.Offset, $"{altered.Length} bytes that were not sealed", $"those of content_hash blake3:{contentHash}; nothing more of the file is dropped before that is looked at")
                : check.Outboard;
        }
        catch (FormatException error)
        {
            throw new DamagedFileException(path + RemainsHead.Suffix, 0, error.Message, "the outboard of the file beside it");
        }
    }

    private static RemainsHead HeadAfter(SealedFile file, HourExpiry expiry, BaoOutboard outboard)
    {
        var parts = HourParts.Read(expiry.File.Signal, file);
        var gone = ByteRange.Join(expiry.Dropped.Items.SelectMany(item => parts.Parts[item]).Concat(file.Remains?.Gone ?? []));
        var head = new RemainsHead(outboard.Root, outboard.Length, (file.Remains?.GoneClasses ?? 0) | expiry.Dropped.Bits, gone, []);
        var witnesses = new List<KeyValuePair<long, Digest>>();
        var buffer = new byte[BaoTree.FileGroupBytes];
        for (long number = 0; number < outboard.Groups; number++)
        {
            var (offset, length) = (number * BaoTree.FileGroupBytes, outboard.LengthOf(number));
            var isKept = parts.Kept.Offset < offset + length && offset < parts.Kept.End;
            if (!isKept && (!head.Touches(offset, length) || head.Covers(offset, length)))
                continue;
            var bytes = buffer.AsSpan(0, length);
            file.File.Read(bytes, offset);
            head.Blank(offset, bytes);
            witnesses.Add(new(number, Blake3.Hash(bytes)));
        }
        return head with { Witnesses = witnesses };
    }

    private void Complete(string path, RemainsHead head, byte[] outboard)
    {
        context.Disk.Replace(path + RemainsHead.Suffix, outboard);
        // It tells something of what goes; what is left of the hour gets a new one when it is asked for.
        context.Disk.Delete(path + GramFile.Suffix);
        using (var file = context.Disk.Open(path, create: false))
        {
            foreach (var range in head.Gone)
                file.Punch(range.Offset, range.Length);
            file.Sync();
        }
        context.Disk.Delete(path + RemainsHead.PendingSuffix);
    }

    // The file last: as long as it is there a start finds it, and its receipt.
    private void Delete(string path)
    {
        context.Disk.Delete(path + RemainsHead.PendingSuffix);
        context.Disk.Delete(path + RemainsHead.Suffix);
        context.Disk.Delete(path + GramFile.Suffix);
        context.Disk.Delete(path);
        context.Disk.SyncFolder(Path.GetDirectoryName(path)!);
    }
}
