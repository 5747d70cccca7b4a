using VmObs.Folder;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Verification;

/// <summary>What verifying a folder came to.</summary>
/// <param name="Receipts">Receipts that verified.</param>
/// <param name="SealedFiles">Sealed files that have a receipt.</param>
/// <param name="OpenFiles">Hours that are being written.</param>
/// <param name="Unsealed">Significant traces whose hour is not sealed yet: their leaf cannot be looked up.</param>
/// <param name="Findings">How much was found wrong.</param>
internal sealed record FolderReport(long Receipts, int SealedFiles, int OpenFiles, int Unsealed, int Findings);

/// <summary>Checks a data folder without an engine, and beside one that writes in it: ledger, sealed files, traces' leaves, and that each sealed
/// file has a receipt.</summary>
/// <param name="folder">Absolute path.</param>
/// <param name="key">The key that must have signed ROOT.</param>
/// <param name="time">The clock.</param>
/// <param name="report">Told of each finding, as it is found: one line with its place.</param>
internal sealed class FolderVerifier(string folder, NoteKey key, TimeProvider time, Action<string> report)
{
    /// <summary>An engine renames a file before it appends the receipt; so long may that take.</summary>
    private static readonly TimeSpan ReceiptGrace = TimeSpan.FromSeconds(5);

    private readonly HashSet<TraceKey> _found = [];
    private int _findings;

    /// <summary>Checks everything.</summary>
    public async Task<FolderReport> RunAsync(CancellationToken cancellationToken)
    {
        var isLive = FolderLock.IsHeld(folder);
        var rootBefore = ReadRoot();
        var ledger = LedgerScan.Read(folder, key);
        // An engine that wrote at any time meanwhile may have left the last line half-read, and ROOT behind the lines.
        isLive |= FolderLock.IsHeld(folder) || !rootBefore.AsSpan().SequenceEqual(ReadRoot());
        ledger.Verifier.Finish(isLive ? 0 : ledger.TornBytes);
        foreach (var finding in ledger.Verifier.Findings.Concat(ledger.Findings))
            Find(finding);
        if (ledger.Verifier.Unsigned > 0 && !isLive)
            Find($"{ObservabilityLedger.RootFile}: covers all but the last {ledger.Verifier.Unsigned} receipts, and no engine is writing; starting the engine signs them");

        var hours = new HourVerifier(folder, Find);
        foreach (var receipt in ledger.Hours.Values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hours.Check(receipt, (trace, leaf) => CheckLeaf(ledger, receipt, trace, leaf));
        }
        var unsealed = CheckMissingTraces(ledger);
        var open = await CheckFilesAsync(ledger, isLive, cancellationToken);
        return new FolderReport(ledger.Verifier.Size, ledger.Hours.Count, open, unsealed, _findings);
    }

    private byte[] ReadRoot()
    {
        var path = Path.Combine(folder, ObservabilityLedger.RootFile);
        return File.Exists(path) ? File.ReadAllBytes(path) : [];
    }

    private void CheckLeaf(LedgerScan ledger, HourReceipt hour, TraceKey trace, Digest leaf)
    {
        if (!ledger.Traces.TryGetValue(trace, out var receipt))
            return;
        _found.Add(trace);
        if (receipt.LeafHash != "blake3:" + leaf.ToHex())
            Find($"{hour.StoragePath}: trace {trace.Id}: found leaf blake3:{leaf.ToHex()}, expected {receipt.LeafHash} as receipt line {receipt.Line} says");
    }

    /// <returns>Traces whose hour is still open.</returns>
    private int CheckMissingTraces(LedgerScan ledger)
    {
        var sealedTo = new Dictionary<HourId, long>();
        foreach (var receipt in ledger.Hours.Values)
        {
            if (HourFile.TryParse(receipt.StoragePath) is { Signal: Signal.Traces } name)
                sealedTo[name.Hour] = Math.Max(receipt.JournalTo, sealedTo.GetValueOrDefault(name.Hour));
        }
        var open = 0;
        foreach (var (trace, receipt) in ledger.Traces)
        {
            if (_found.Contains(trace))
                continue;
            // Decided before its hour closed, so it must be in a file of that hour.
            if (sealedTo.GetValueOrDefault(receipt.FirstHour) >= trace.Decision && sealedTo.GetValueOrDefault(receipt.LastHour) >= trace.Decision)
                Find($"{ReceiptFile.RelativePath}, line {receipt.Line}: trace {trace.Id}, decision {trace.Decision}: found in no trace file of {receipt.FirstHour}, expected it there");
            else
                open++;
        }
        return open;
    }

    /// <returns>Number of open files.</returns>
    private async Task<int> CheckFilesAsync(LedgerScan ledger, bool isLive, CancellationToken cancellationToken)
    {
        var open = 0;
        var unreceipted = new List<string>();
        var telemetry = Path.Combine(folder, "telemetry");
        if (!Directory.Exists(telemetry))
            return 0;
        foreach (var path in Directory.EnumerateFiles(telemetry, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
            if (relative.EndsWith(HourFile.OpenSuffix, StringComparison.Ordinal) && HourFile.TryParse(relative[..^HourFile.OpenSuffix.Length]) is not null)
                open++;
            else if (HourFile.TryParse(relative) is not null && !ledger.Hours.ContainsKey(relative))
                unreceipted.Add(relative);
        }
        for (var started = time.GetTimestamp(); unreceipted.Count > 0;)
        {
            var receipted = LedgerScan.ReadPaths(folder);
            unreceipted.RemoveAll(receipted.Contains);
            if (unreceipted.Count == 0 || !isLive || time.GetElapsedTime(started) > ReceiptGrace)
                break;
            await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
        }
        foreach (var path in unreceipted)
            Find($"{path}: sealed but without a receipt{(isLive ? "" : "; if the engine was cut off while sealing, starting it makes the receipt")}");
        return open;
    }

    private void Find(string finding)
    {
        _findings++;
        report(finding);
    }
}
