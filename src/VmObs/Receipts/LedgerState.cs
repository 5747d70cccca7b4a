using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Receipts;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts;

/// <summary>What reading a scroll at start gives.</summary>
/// <param name="Scroll">The trees over all lines.</param>
/// <param name="Keys">Idempotency keys that have a receipt.</param>
/// <param name="SealedHours">Hours that have a receipt, in order.</param>
/// <param name="ExpiredHours">What has expired of them, in order.</param>
/// <param name="Length">Bytes of whole lines; what follows them is a write that a crash tore.</param>
/// <param name="RootLength">Bytes of the lines that ROOT covers.</param>
internal sealed record LedgerState(
    ReceiptScroll Scroll, HashSet<string> Keys, List<SealedHourReceipt> SealedHours, List<ExpiredHourReceipt> ExpiredHours, long Length, long RootLength)
{
    /// <summary>Of all lines.</summary>
    public required ReceiptIndex Index { get; init; }

    /// <summary>Whether ROOT covers all lines.</summary>
    public required bool RootIsCurrent { get; init; }

    /// <summary>How often sampling rules were put in force, and the hash of the last ones; null when none were.</summary>
    public (int Count, string? LastHash) SamplingRules { get; init; }

    /// <summary>Reads and checks everything.</summary>
    /// <exception cref="DamagedLedgerException">A line, ROOT or their sizes are not what was written.</exception>
    public static LedgerState Read(string path, string rootPath, NoteKey key)
    {
        var checkpoint = ReadRoot(rootPath, key);
        // ROOT over no receipts is written before the first one, so lines without any ROOT are not what a crash leaves.
        if (checkpoint is null && ReceiptFile.Lines(path).Any())
            throw new DamagedLedgerException(rootPath, "not there, expected a checkpoint: there are receipts");
        var state = ReadLines(path, rootPath, checkpoint, long.MaxValue);
        var empty = new ReceiptScroll();
        if (checkpoint?.Size == 0 && (checkpoint.Sha256Root != empty.Sha256Root || checkpoint.Blake3Root != empty.Blake3Root))
            throw new DamagedLedgerException(rootPath, "signed roots are not those of an empty scroll");
        if (checkpoint is not null && checkpoint.Size > state.Scroll.Size)
            throw new DamagedLedgerException(path, $"found {state.Scroll.Size} receipts, expected {checkpoint.Size} as ROOT says");
        return state;
    }

    private static LedgerState ReadLines(string path, string rootPath, Checkpoint? checkpoint, long limit)
    {
        var scroll = new ReceiptScroll();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var hours = new List<SealedHourReceipt>();
        var expired = new List<ExpiredHourReceipt>();
        var index = new ReceiptIndex();
        var sampling = (Count: 0, LastHash: (string?)null);
        var (length, rootLength) = (0L, 0L);
        foreach (var line in ReceiptFile.Lines(path, length: limit))
        {
            // Taken first: a line whose root_hash is wrong has been counted by then.
            var number = scroll.Size + 1;
            if (scroll.Replay(line) is { } wrong)
            {
                // Nobody was told of a receipt beyond ROOT: a crash can tear such a line anywhere, and it counts as little as one without an end.
                return checkpoint is not null && number > checkpoint.Size
                    ? ReadLines(path, rootPath, checkpoint, length)
                    : throw new DamagedLedgerException(path, $"line {number} at byte {length}: {wrong}");
            }
            length += line.Length + 1;
            Note(line, keys, hours, expired, ref sampling);
            index.Add(line);
            if (checkpoint is null || scroll.Size != checkpoint.Size)
                continue;
            rootLength = length;
            if (scroll.Sha256Root != checkpoint.Sha256Root || scroll.Blake3Root != checkpoint.Blake3Root)
                throw new DamagedLedgerException(rootPath, $"signed roots are not those of the first {checkpoint.Size} receipts");
        }
        return new LedgerState(scroll, keys, hours, expired, length, rootLength)
        {
            Index = index,
            RootIsCurrent = checkpoint?.Size == scroll.Size,
            SamplingRules = sampling,
        };
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

    private static void Note(byte[] line, HashSet<string> keys, List<SealedHourReceipt> hours, List<ExpiredHourReceipt> expired, ref (int Count, string? LastHash) sampling)
    {
        using var document = JsonDocument.Parse(line);
        var receipt = document.RootElement;
        if (receipt.TryGetProperty("idempotency_key", out var key))
            keys.Add(key.GetString()!);
        if (receipt.GetProperty("type").ValueEquals(RetentionReceipt.Type))
            expired.Add(RetentionReceipt.Read(receipt));
        else if (SamplingReceipt.Read(receipt) is { } rules)
            sampling = (sampling.Count + 1, rules);
        else if (receipt.TryGetProperty("storage_path", out var path) && receipt.TryGetProperty("journal", out var journal))
            hours.Add(new SealedHourReceipt(path.GetString()!, receipt.GetProperty("content_hash").GetString()!["blake3:".Length..], journal.GetProperty("to").GetInt64()));
    }
}
