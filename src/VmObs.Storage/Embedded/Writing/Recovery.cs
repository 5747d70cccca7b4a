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
        await RestoreHoursAsync(cancellationToken);
        foreach (var store in stores.Values)
            store.ResumeRuns();
        var from = LowWaterMark.Read(journalFolder);
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
        if (replayed > 0)
            context.Logger.LogInformation("journal: replayed {Records} records from position {From} to {To}", replayed, from, end.Position);
        return end;
    }

    private async Task RestoreHoursAsync(CancellationToken cancellationToken)
    {
        var receipts = new Dictionary<HourFile, SealedHourReceipt>();
        foreach (var receipt in context.Receipts.SealedHours)
        {
            if (HourFile.TryParse(receipt.StoragePath) is { } name)
                receipts[name] = receipt;
        }
        foreach (var (name, receipt) in receipts)
        {
            if (File.Exists(name.PathIn(context.DataFolder)))
                stores[name.Signal].AddSealed(name, receipt.JournalTo);
            else
                context.Logger.LogError("{Path}: missing, but receipted with content_hash blake3:{Hash}; restore it from a backup", receipt.StoragePath, receipt.ContentHash);
        }
        foreach (var name in FilesOnDisk())
            await RestoreAsync(name, receipts.ContainsKey(name), cancellationToken);
    }

    private async Task RestoreAsync(HourFile name, bool hasReceipt, CancellationToken cancellationToken)
    {
        var path = name.PathIn(context.DataFolder);
        var manifestPath = path + HourFile.ManifestSuffix;
        if (!File.Exists(manifestPath))
        {
            // An .open file without a manifest holds nothing that anything relies on: the journal has it.
            context.Disk.Delete(path + HourFile.OpenSuffix);
            if (!hasReceipt && File.Exists(path))
                context.Logger.LogError("{Path}: has neither receipt nor manifest and is left alone; it was not sealed here", name.StoragePath);
            return;
        }
        var (manifest, state) = HourManifest.Open(context.Disk, manifestPath);
        if (state.Sealed is not null)
        {
            manifest.Dispose();
            await FinishSealAsync(name, state.Sealed, hasReceipt, cancellationToken);
            return;
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
        if (File.Exists(path + HourFile.OpenSuffix))
        {
            context.Disk.Rename(path + HourFile.OpenSuffix, path);
            context.Disk.SyncFolder(Path.GetDirectoryName(path)!);
        }
        if (!hasReceipt)
        {
            await context.Receipts.HourSealedAsync(hour, cancellationToken);
            stores[name.Signal].AddSealed(name, hour.Journal.To);
        }
        context.Disk.Delete(path + HourFile.ManifestSuffix);
    }

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
