using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Keys;
using VmObs.Ledger.Receipts;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts;

/// <summary>What reading a scroll at start gives.</summary>
/// <param name="Scroll">The trees over all lines.</param>
/// <param name="Keys">Idempotency keys of receipts that are of no trace.</param>
/// <param name="SealedHours">Hours that have a receipt, in order.</param>
/// <param name="ExpiredHours">What has expired of them, in order.</param>
/// <param name="Length">Bytes of whole lines; what follows them is a write that a crash tore.</param>
/// <param name="RootLength">Bytes of the lines that ROOT covers.</param>
internal sealed record LedgerState(
    ReceiptScroll Scroll, IReadOnlyList<string> Keys, List<SealedHourReceipt> SealedHours, List<ExpiredHourReceipt> ExpiredHours, long Length, long RootLength)
{
    /// <summary>Whether ROOT covers all lines.</summary>
    public required bool RootIsCurrent { get; init; }

    /// <summary>The keys that signed the scroll one after another.</summary>
    public required KeyChain Chain { get; init; }

    /// <summary>How often sampling rules were put in force, and the hash of the last ones; null when none were.</summary>
    public (int Count, string? LastHash) SamplingRules { get; init; }

    /// <summary>Takes over what is stored of the first receipts, and checks the lines after them; checks all lines where something there is not as it
    /// should be.</summary>
    /// <param name="path">The JSONL.</param>
    /// <param name="rootPath">ROOT.</param>
    /// <param name="key">A key of the scroll, which the folder names; the lines say whose ROOT must be.</param>
    /// <param name="tables">What is derived of the scroll; has all lines afterwards, not yet written.</param>
    /// <exception cref="DamagedLedgerException">A line, ROOT or their sizes are not what was written.</exception>
    public static LedgerState Read(string path, string rootPath, NoteKey key, ScrollTables tables)
    {
        var root = ReadRoot(rootPath, key);
        // ROOT over no receipts is written before the first one, so lines without any ROOT are not what a crash leaves.
        if (root is null && ReceiptFile.Lines(path).Any())
            throw new DamagedLedgerException(rootPath, "not there, expected a checkpoint: there are receipts");
        var taken = root is null ? 0 : tables.TakenOver(root.Checkpoint.Size);
        LedgerStart Start() => new(path, rootPath, root, key, tables);
        // Whatever is wrong after what was taken over may be wrong before it: only all lines together tell what and where.
        return (taken == 0 ? null : Start().TryGoOn(taken)) ?? Start().Begin();
    }

    private static UncheckedRoot? ReadRoot(string rootPath, NoteKey key)
    {
        if (!File.Exists(rootPath))
            return null;
        try
        {
            var note = SignedNote.Parse(File.ReadAllBytes(rootPath));
            var checkpoint = Checkpoint.Parse(note.Text);
            return checkpoint.Origin == key.Name
                ? new UncheckedRoot(note, checkpoint)
                : throw new DamagedLedgerException(rootPath, $"found origin {checkpoint.Origin}, expected {key.Name}");
        }
        catch (FormatException error)
        {
            throw new DamagedLedgerException(rootPath, error.Message);
        }
    }
}
