using System.Globalization;
using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Verify;

namespace VmObs.Proofs;

/// <summary>Shows that the journal has a request whose sender kept the receipt of its answer.</summary>
/// <remarks>Thread-safe; reads the journal's files, never the engine's state.</remarks>
internal sealed class IngestProofMaker(string dataFolder, Func<NoteKey> key, IReceiptReader receipts)
{
    // Of each signal's, so many days of hours and late batches as the journal may be kept.
    private const int SealsLookedAt = 1000;

    private static readonly HashSet<string> s_sealed = ["obs_metric_snapshot", "obs_log_batch", "obs_trace_batch"];

    /// <summary>Looks for the record and follows the chain from it to what is signed.</summary>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public IngestProof Make(IngestReceipt receipt, QueryBudget budget, CancellationToken cancellationToken)
    {
        // Before the journal: it reaches at least as far as what was signed.
        var head = ReadHead();
        var seals = Seals(receipt.Position, budget, cancellationToken);
        var chains = new Dictionary<long, Digest>();
        var wanted = new HashSet<long>(seals.Select(static seal => seal.Position)) { receipt.Position, head?.Position ?? 0 };
        var through = Math.Max(head?.Position ?? 0, seals.Count > 0 ? seals[0].Position : 0);
        var trail = JournalTrail.Follow(dataFolder, receipt.Position, through, Note, cancellationToken);
        var record = trail.Record;
        if (record is null)
            return Missing(receipt, trail);
        if (record.Chain != receipt.Chain)
            return Failed(receipt, $"record {receipt.Position}: found chain {record.Chain} after it, expected {receipt.Chain} as the receipt says", trail) with { Record = record };
        if (head is not null && chains.TryGetValue(head.Position, out var atHead) && atHead != head.Chain)
            return Failed(receipt, $"{Heartbeat.HeadFile}: found chain {head.Chain} at position {head.Position}, expected {atHead} as the journal says", trail) with { Record = record };
        foreach (var seal in seals)
        {
            if (chains.TryGetValue(seal.Position, out var atSeal) && seal.Head != "blake3:" + atSeal)
                return Failed(receipt, $"receipt seq {seal.Seq}: found chain {seal.Head} at position {seal.Position}, expected blake3:{atSeal} as the journal says", trail) with { Record = record };
        }
        return Shown(receipt, record, trail, head is not null && chains.ContainsKey(head.Position) ? head : null, seals.Find(seal => chains.ContainsKey(seal.Position)));

        void Note(long position, Digest chain)
        {
            if (wanted.Contains(position))
                chains[position] = chain;
        }
    }

    private static IngestProof Shown(IngestReceipt receipt, KeptRecord record, JournalTrail trail, JournalHead? head, SealStatement? seal)
    {
        var proven = new List<string>
        {
            $"record {record.Position} of the journal is the request: {Describe(record)}, with BLAKE3 {record.BodyHash}",
            "the chain after it is the one of the receipt, which commits to it and to every record before it",
        };
        var notProven = new List<string>();
        if (head is not null)
            proven.Add($"the chain leads from it to position {head.Position}, as the engine signed it at {Rfc3339.Format(head.TimeUnixNanos)}: nothing between was added, changed or removed since");
        else
            notProven.Add($"that the engine signed the chain with the record: {Heartbeat.HeadFile} is signed every ten seconds and does not reach position {record.Position} yet");
        if (seal is not null)
            proven.Add($"the chain leads to the one at position {seal.Position} that the ledger's receipt seq {seal.Seq} states ({seal.StoragePath}); `vm-obs proof receipt --seq {seal.Seq}` proves that receipt to others");
        else
            notProven.Add("that a receipt of the ledger commits to it: no hour was sealed after it yet");
        notProven.Add("that its records stand in the sealed hours unchanged, and which of them were refused: `vm-obs verify --journal` replays them");
        notProven.Add("anything to who does not trust what this engine answers: compare body and chain with your own, keep the receipt, and have the data folder verified");
        return new IngestProof(receipt, null) { Record = record, Head = head, Seal = seal, KeptFrom = trail.KeptFrom, Proven = proven, NotProven = notProven };
    }

    private static IngestProof Missing(IngestReceipt receipt, JournalTrail trail)
    {
        if (trail.Damage is { } damage)
            return Failed(receipt, damage, trail);
        if (receipt.Position >= trail.KeptFrom && trail.KeptFrom > 0)
            return Failed(receipt, $"journal: found its end at position {trail.End}, expected record {receipt.Position} as the receipt says; it is another engine's receipt, or records are missing", trail);
        return new IngestProof(receipt, null)
        {
            KeptFrom = trail.KeptFrom,
            Proven = [],
            NotProven =
            [
                trail.KeptFrom == 0 ? "anything: no segment of the journal is kept" : $"anything: record {receipt.Position} is not kept any more, the journal begins at position {trail.KeptFrom} (retention.journal in the configuration)",
                "that it was not there: the receipts of sealed hours say which records they were made from (journal.from, journal.to) and with which chain",
            ],
        };
    }

    private static IngestProof Failed(IngestReceipt receipt, string fault, JournalTrail trail) =>
        new(receipt, fault) { KeptFrom = trail.KeptFrom, Proven = [], NotProven = ["that the journal has the request as the receipt says"] };

    private static string Describe(KeptRecord record)
    {
        var length = (record.Length - record.NodeBytes).ToString(CultureInfo.InvariantCulture);
        return record.Request is var (signal, format, _)
            ? $"{length} bytes of {signal.ToString().ToLowerInvariant()} in {JournalFormats.Name(format)}, arrived at {Rfc3339.Format(record.ArrivalUnixNanos)}"
            : $"{length} bytes of the engine's own, a decision about traces, at {Rfc3339.Format(record.ArrivalUnixNanos)}";
    }

    /// <summary>HEAD; null when there is none that the ledger's key signed.</summary>
    private JournalHead? ReadHead()
    {
        while (true)
        {
            // Before HEAD: it is under the next key too before that is in force.
            var signer = key();
            if (NoteFile.Read(Path.Combine(dataFolder, Heartbeat.HeadFile)) is not { } file)
                return null;
            try
            {
                return JournalHead.Read(file, signer);
            }
            catch (FormatException) when (!signer.Equals(key()))
            {
                // A rotation came between the two.
            }
            catch (FormatException error)
            {
                throw new IOException($"{Heartbeat.HeadFile}: {error.Message}", error);
            }
        }
    }

    /// <summary>What receipts of sealed hours say of the journal from a position on, nearest first.</summary>
    private List<SealStatement> Seals(long position, QueryBudget budget, CancellationToken cancellationToken)
    {
        var seals = new List<SealStatement>();
        // From the ledger's end: each signal's hours are sealed in the order of the journal.
        var before = new HashSet<string>(StringComparer.Ordinal);
        foreach (var seq in receipts.Find(new ReceiptQuery(long.MinValue, long.MaxValue) { Types = s_sealed }, budget, cancellationToken).Take(SealsLookedAt))
        {
            if (before.Count == s_sealed.Count)
                break;
            using var receipt = JsonDocument.Parse(receipts.Read(seq));
            var journal = receipt.RootElement.GetProperty("journal");
            var to = Position(journal.GetProperty("to"));
            if (to < position)
                before.Add(receipt.RootElement.GetProperty("type").GetString()!);
            else
                seals.Add(new SealStatement(seq, receipt.RootElement.GetProperty("storage_path").GetString()!, to, journal.GetProperty("head").GetString()!));
        }
        seals.Sort(static (a, b) => (a.Position, a.Seq).CompareTo((b.Position, b.Seq)));
        return seals;
    }

    // Integers beyond 2^53 - 1 are strings.
    private static long Position(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? long.Parse(element.GetString()!, CultureInfo.InvariantCulture) : element.GetInt64();
}
