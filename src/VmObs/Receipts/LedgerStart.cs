using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Keys;
using VmObs.Ledger.Receipts;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts;

/// <summary>Reads a scroll's lines at start, from the beginning or from where its tables end.</summary>
/// <param name="path">The JSONL.</param>
/// <param name="rootPath">ROOT.</param>
/// <param name="root">ROOT; null without one.</param>
/// <param name="key">A key of the scroll.</param>
/// <param name="tables">Get every line.</param>
internal sealed class LedgerStart(string path, string rootPath, UncheckedRoot? root, NoteKey key, ScrollTables tables)
{
    private readonly Checkpoint? _checkpoint = root?.Checkpoint;
    private readonly KeyChain _chain = new(key);
    private readonly List<string> _keys = [];
    private readonly List<SealedHourReceipt> _hours = [];
    private readonly List<ExpiredHourReceipt> _expired = [];
    private (int Count, string? LastHash) _sampling;

    /// <summary>Takes over the first receipts and checks those after them.</summary>
    /// <param name="taken">As <see cref="ScrollTables.TakenOver"/> says.</param>
    /// <returns>Null when anything is not as it should be.</returns>
    public LedgerState? TryGoOn(long taken)
    {
        try
        {
            var others = new List<long>();
            if (tables.Take(taken, others) is not { } scroll)
                return null;
            using (var reader = new ReceiptFileReader(path, tables.Index, () => taken))
            {
                foreach (var seq in others)
                {
                    if (Note(reader.Read(seq), null) is not null)
                        return null;
                }
            }
            var state = ReadLines(scroll, long.MaxValue);
            return state.Scroll.Size >= _checkpoint!.Size ? state : null;
        }
        catch (DamagedLedgerException)
        {
            // The lines themselves will say what it is, and where.
            return null;
        }
    }

    /// <summary>Checks all lines.</summary>
    /// <exception cref="DamagedLedgerException">A line, ROOT or their sizes are not what was written.</exception>
    public LedgerState Begin()
    {
        if (_checkpoint?.Size == 0)
            CheckSignature();
        var state = ReadLines(tables.Clear(), long.MaxValue);
        var empty = new ReceiptScroll();
        if (_checkpoint?.Size == 0 && (_checkpoint.Sha256Root != empty.Sha256Root || _checkpoint.Blake3Root != empty.Blake3Root))
            throw new DamagedLedgerException(rootPath, "signed roots are not those of an empty scroll");
        if (_checkpoint is not null && _checkpoint.Size > state.Scroll.Size)
            throw new DamagedLedgerException(path, $"found {state.Scroll.Size} receipts, expected {_checkpoint.Size} as ROOT says");
        return state;
    }

    private LedgerState ReadLines(ReceiptScroll scroll, long limit)
    {
        var (length, rootLength) = (tables.Index.End, 0L);
        foreach (var line in ReceiptFile.Lines(path, from: length, to: limit))
        {
            // Taken first: a line whose root_hash is wrong has been counted by then.
            var number = scroll.Size + 1;
            Digest? before = KeyChain.MayRotate(line) ? scroll.Blake3Root : null;
            if (scroll.Replay(line) is { } wrong)
            {
                // Nobody was told of a receipt beyond ROOT: a crash can tear such a line anywhere, and it counts as little as one without an end.
                return _checkpoint is not null && number > _checkpoint.Size
                    ? new LedgerStart(path, rootPath, root, key, tables).UpTo(length)
                    : throw new DamagedLedgerException(path, $"line {number} at byte {length}: {wrong}");
            }
            if (Note(line, before) is { } forged)
                throw new DamagedLedgerException(path, $"line {number} at byte {length}: {forged}");
            length += line.Length + 1;
            tables.Index.Add(line);
            // What is held in memory stays bounded.
            if (scroll.Size % ScrollTables.GroupReceipts == 0)
                tables.Save();
            if (_checkpoint is null || scroll.Size != _checkpoint.Size)
                continue;
            rootLength = length;
            CheckSignature();
            if (scroll.Sha256Root != _checkpoint.Sha256Root || scroll.Blake3Root != _checkpoint.Blake3Root)
                throw new DamagedLedgerException(rootPath, $"signed roots are not those of the first {_checkpoint.Size} receipts");
        }
        return new LedgerState(scroll, _keys, _hours, _expired, length, rootLength)
        {
            RootIsCurrent = _checkpoint?.Size == scroll.Size,
            Chain = _chain,
            SamplingRules = _sampling,
        };
    }

    // Trees that have taken a wrong line cannot be used.
    private LedgerState UpTo(long length) => ReadLines(tables.Clear(), length);

    private void CheckSignature()
    {
        if (_chain.Doubt is { } doubt)
            throw new DamagedLedgerException(path, doubt);
        try
        {
            if (!root!.Note.IsSignedBy(_chain.Current))
                throw new DamagedLedgerException(rootPath, $"found no signature of {_chain.Current}, expected one over {root.Checkpoint.Size} receipts");
        }
        catch (FormatException error)
        {
            throw new DamagedLedgerException(rootPath, error.Message);
        }
    }

    /// <returns>What is wrong with a rotation of the key; null with everything else.</returns>
    private string? Note(byte[] line, Digest? before)
    {
        using var document = JsonDocument.Parse(line);
        var receipt = document.RootElement;
        var type = receipt.GetProperty("type");
        if (type.ValueEquals(ReceiptTypes.TraceComplete))
            return null;
        if (receipt.TryGetProperty("idempotency_key", out var key))
            _keys.Add(key.GetString()!);
        if (type.ValueEquals(RetentionReceipt.Type))
            _expired.Add(RetentionReceipt.Read(receipt));
        else if (SamplingReceipt.Read(receipt) is { } rules)
            _sampling = (_sampling.Count + 1, rules);
        else if (receipt.TryGetProperty("storage_path", out var path) && receipt.TryGetProperty("journal", out var journal))
            _hours.Add(new SealedHourReceipt(path.GetString()!, receipt.GetProperty("content_hash").GetString()!["blake3:".Length..], journal.GetProperty("to").GetInt64()));
        return _chain.Add(line, before);
    }
}
