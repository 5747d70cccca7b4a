using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Receipts;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts;

/// <summary>What reading a scroll at start gives.</summary>
/// <param name="Scroll">The trees over all lines.</param>
/// <param name="Keys">Idempotency keys that have a receipt.</param>
/// <param name="SealedHours">Hours that have a receipt, in order.</param>
/// <param name="Length">Bytes of whole lines.</param>
/// <param name="TornBytes">Bytes after the last newline: a write that a crash tore.</param>
/// <param name="RootIsCurrent">Whether ROOT covers all lines.</param>
internal sealed record LedgerState(
    ReceiptScroll Scroll, HashSet<string> Keys, List<SealedHourReceipt> SealedHours, long Length, int TornBytes, bool RootIsCurrent)
{
    /// <summary>Reads and checks everything.</summary>
    /// <exception cref="DamagedLedgerException">A line, ROOT or their sizes are not what was written.</exception>
    public static LedgerState Read(string path, string rootPath, NoteKey key)
    {
        var checkpoint = ReadRoot(rootPath, key);
        // ROOT over no receipts is written before the first one, so lines without any ROOT are not what a crash leaves.
        if (checkpoint is null && ReceiptFile.Lines(path).Any())
            throw new DamagedLedgerException(rootPath, "not there, expected a checkpoint: there are receipts");
        var scroll = new ReceiptScroll();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var hours = new List<SealedHourReceipt>();
        long length = 0;
        var torn = 0;
        foreach (var line in ReceiptFile.Lines(path, bytes => torn = bytes))
        {
            // Taken first: a line whose root_hash is wrong has been counted by then.
            var number = scroll.Size + 1;
            if (scroll.Replay(line) is { } wrong)
                throw new DamagedLedgerException(path, $"line {number} at byte {length}: {wrong}");
            length += line.Length + 1;
            Note(line, keys, hours);
            if (checkpoint is not null && scroll.Size == checkpoint.Size && (scroll.Sha256Root != checkpoint.Sha256Root || scroll.Blake3Root != checkpoint.Blake3Root))
                throw new DamagedLedgerException(rootPath, $"signed roots are not those of the first {checkpoint.Size} receipts");
        }
        if (checkpoint?.Size == 0 && (checkpoint.Sha256Root != new ReceiptScroll().Sha256Root || checkpoint.Blake3Root != new ReceiptScroll().Blake3Root))
            throw new DamagedLedgerException(rootPath, "signed roots are not those of an empty scroll");
        if (checkpoint is not null && checkpoint.Size > scroll.Size)
            throw new DamagedLedgerException(path, $"found {scroll.Size} receipts, expected {checkpoint.Size} as ROOT says");
        return new LedgerState(scroll, keys, hours, length, torn, checkpoint?.Size == scroll.Size);
    }

    private static Checkpoint? ReadRoot(string rootPath, NoteKey key)
    {
        if (!File.Exists(rootPath))
            return null;
        try
        {
            var note = SignedNote.Parse(File.ReadAllBytes(rootPath));
            if (!note.IsSignedBy(key))
                throw new DamagedLedgerException(rootPath, $"found no signature of {key.Name}+{key.Id:x8}");
            var checkpoint = Checkpoint.Parse(note.Text);
            return checkpoint.Origin == key.Name
                ? checkpoint
                : throw new DamagedLedgerException(rootPath, $"found origin {checkpoint.Origin}, expected {key.Name}");
        }
        catch (FormatException error)
        {
            throw new DamagedLedgerException(rootPath, error.Message);
        }
    }

    private static void Note(byte[] line, HashSet<string> keys, List<SealedHourReceipt> hours)
    {
        using var document = JsonDocument.Parse(line);
        var receipt = document.RootElement;
        if (receipt.TryGetProperty("idempotency_key", out var key))
            keys.Add(key.GetString()!);
        if (receipt.TryGetProperty("storage_path", out var path) && receipt.TryGetProperty("journal", out var journal))
            hours.Add(new SealedHourReceipt(path.GetString()!, receipt.GetProperty("content_hash").GetString()!["blake3:".Length..], journal.GetProperty("to").GetInt64()));
    }
}
