using Microsoft.Extensions.Logging;
using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Journal;
using VmObs.Storage.Embedded.Seal;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>Brings a data folder back to where acknowledgements left it: finishes interrupted seals, takes up open files, replays the journal.</summary>
internal sealed class Recovery(StoreContext context, IReadOnlyDictionary<Signal, SignalStore> stores)
{
    /// <summary>Recovers and returns where the journal ends.</summary>
    public async Task<JournalEnd> RunAsync(string journalFolder, CancellationToken cancellationToken)
    {
        var mark = LowWaterMark.Read(journalFolder);
        await RestoreHoursAsync(mark, cancellationToken);
        foreach (var store in stores.Values)
        {
            store.ResumeRuns();
            store.CheckRelied(mark);
        }
        var from = mark.Position;
        var decoders = new Dictionary<IngestRules, RequestDecoder>(ReferenceEqualityComparer.Instance);
        var replayed = 0L;
        var end = new JournalReader(context.Disk, journalFolder).Read(from, (in JournalRecord record, in Ledger.Hashing.Digest chain, IngestRules rules, ReadOnlyMemory<byte> body) =>
        {
            if (!decoders.TryGetValue(rules, out var decoder))
                decoders.Add(rules, decoder = new RequestDecoder(rules));
            // Completes synchronously but for receipts of traces that a crash left without theirs.
            stores[record.Signal].ReplayAsync(record, decoder, body).AsTask().GetAwaiter().GetResult();
            replayed++;
        });
        var held = Math.Max(from - 1, stores.Values.Max(store => store.HeldThrough));
        if (held > end.Position)
            throw new DamagedFileException(
                journalFolder, 0, $"a journal that ends at position {end.Position}",
                $"one that reaches position {held}, of which files hold records; what is missing had been synced: restore it from a backup");
        if (replayed > 0)
            context.Logger.LogInformation("journal: replayed {Records} records from position {From} to {To}", replayed, from, end.Position);
        return end;
    }

    private async Task RestoreHoursAsync(LowWaterMark mark, CancellationToken cancellationToken)
    {
        var receipts = new Dictionary<HourFile, SealedHourReceipt>();
        foreach (var receipt in context.Receipts.SealedHours)
        {
            if (HourFile.TryParse(receipt.StoragePath) is { } name)
                receipts[name] = receipt;
        }
        var expired = context.Receipts.ExpiredHours.Where(hour => hour.OutboardHead is null).Select(hour => hour.StoragePath).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, receipt) in receipts)
        {
            if (expired.Contains(receipt.StoragePath))
                stores[name.Signal].AddExpired(name, receipt.JournalTo);
            else if (File.Exists(name.PathIn(context.DataFolder)))
                stores[name.Signal].AddSealed(name, receipt.JournalTo);
            else
                context.Logger.LogError("{Path}: missing, but receipted with content_hash blake3:{Hash}; restore it from a backup", receipt.StoragePath, receipt.ContentHash);
        }
        var relied = mark.Manifests.Where(manifest => !receipts.ContainsKey(manifest.Hour)).ToDictionary(manifest => manifest.Hour, manifest => manifest.Length);
        foreach (var name in FilesOnDisk().Union(relied.Keys).Order())
            await RestoreAsync(name, receipts.ContainsKey(name), relied.GetValueOrDefault(name), cancellationToken);
    }

    /// <param name="name">The hour's file.</param>
    /// <param name="hasReceipt">Whether the ledger has it.</param>
    /// <param name="relied">Bytes of the manifest without which records of the journal would be missing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task RestoreAsync(HourFile name, bool hasReceipt, long relied, CancellationToken cancellationToken)
    {
        var path = name.PathIn(context.DataFolder);
        var manifestPath = path + HourFile.ManifestSuffix;
        if (!File.Exists(manifestPath))
        {
            if (relied > 0)
                throw Unreliable(manifestPath, 0, "no file", relied);
            // An .open file without a manifest holds nothing that anything relies on: the journal has it.
            context.Disk.Delete(path + HourFile.OpenSuffix);
            if (!hasReceipt && File.Exists(path))
                context.Logger.LogError("{Path}: has neither receipt nor manifest and is left alone; it was not sealed here", name.StoragePath);
            return;
        }
        var (manifest, state) = HourManifest.Open(context.Disk, manifestPath);
        if (!hasReceipt && manifest.Length < relied)
        {
            manifest.Dispose();
            throw Unreliable(manifestPath, manifest.Length, "an entry that does not verify, or none", relied);
        }
        if (state.Sealed is not null)
        {
            manifest.Dispose();
            await FinishSealAsync(name, state.Sealed, hasReceipt, cancellationToken);
            return;
        }
        if (!hasReceipt && relied > 0 && !File.Exists(path + HourFile.OpenSuffix))
        {
            manifest.Dispose();
            throw new DamagedFileException(path + HourFile.OpenSuffix, 0, "no file", "the open hour of which its manifest says what is in it; restore both from a backup");
        }
        if (!File.Exists(path + HourFile.OpenSuffix) || !stores[name.Signal].TryResume(name, manifest, state))
        {
            manifest.Dispose();
            context.Disk.Delete(path + HourFile.OpenSuffix);
            context.Disk.Delete(manifestPath);
        }
    }

    /// <summary>The file is complete and its manifest says so: whatever is missing of name and receipt is made up for.</summary>
    private async Task FinishSealAsync(HourFile name, SealedHour hour, bool hasReceipt, CancellationToken cancellationToken)
    {
        var path = name.PathIn(context.DataFolder);
        if (!hasReceipt)
        {
            if (File.Exists(path + HourFile.OpenSuffix))
                context.Disk.Rename(path + HourFile.OpenSuffix, path);
            // Also where a crash came right after the rename: a receipt must not outlive its file's name.
            context.Disk.SyncFolder(Path.GetDirectoryName(path)!);
            var length = File.Exists(path) ? new FileInfo(path).Length : 0;
            if (length != hour.Length)
                throw new DamagedFileException(path, length, "the end of the file", $"{hour.Length} bytes, as its manifest says; restore it from a backup");
            await context.Receipts.HourSealedAsync(hour, cancellationToken);
            stores[name.Signal].AddSealed(name, hour.Journal.To);
        }
        context.Disk.Delete(path + HourFile.ManifestSuffix);
    }

    private static DamagedFileException Unreliable(string path, long offset, string found, long relied) =>
        new(path, offset, found, $"{relied} bytes of entries, which journal/low-water says were synced and on which it relies; restore the file from a backup");

    private SortedSet<HourFile> FilesOnDisk()
    {
        var found = new SortedSet<HourFile>();
        var root = Path.Combine(context.DataFolder, "telemetry");
        if (!Directory.Exists(root))
            return found;
        foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(context.DataFolder, path).Replace(Path.DirectorySeparatorChar, '/');
            foreach (var suffix in new[] { HourFile.OpenSuffix, HourFile.ManifestSuffix })
            {
                if (relative.EndsWith(suffix, StringComparison.Ordinal))
                    relative = relative[..^suffix.Length];
            }
            if (HourFile.TryParse(relative) is { } name)
                found.Add(name);
        }
        return found;
    }
}
