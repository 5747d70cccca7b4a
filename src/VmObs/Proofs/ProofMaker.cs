using System.Text;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Proofs;
using VmObs.Ledger.Receipts;
using VmObs.Receipts;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Store;

namespace VmObs.Proofs;

/// <summary>Makes bundles: of receipts, and of log records in sealed files.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="ledger">Whose receipts are proven.</param>
/// <param name="store">Has the files.</param>
internal sealed class ProofMaker(ObservabilityLedger ledger, EmbeddedStore store)
{
    private const string LogBatch = "obs_log_batch";

    /// <summary>Receipts that can be proven.</summary>
    public long Receipts => ledger.Log.Latest.Checkpoint.Size;

    /// <summary>Proves that a receipt is in the log.</summary>
    /// <param name="seq">Its place.</param>
    /// <returns>Null when the log has not got so far.</returns>
    /// <exception cref="IOException">The ledger is not what was written.</exception>
    public ProofBundle? Receipt(long seq)
    {
        if (seq >= Receipts)
            return null;
        var (path, signed) = ledger.Log.Inclusion(seq);
        return new ProofBundle(ReceiptScroll.EntryOf(ledger.Reader.Read(seq)), path, Encoding.UTF8.GetString(signed.Note))
        {
            // A key that was put in force meanwhile has not signed this checkpoint.
            Rotations = [.. ledger.Rotations.Where(rotation => rotation.Statement.Seq < signed.Checkpoint.Size).Select(static rotation => rotation.Note)],
        };
    }

    /// <summary>Proves that a log record stands in a sealed file.</summary>
    /// <param name="record">As a query found it.</param>
    /// <param name="budget">What looking for its receipt may cost.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <returns>Null when it is in no sealed file with a receipt (yet).</returns>
    /// <exception cref="IOException">File or ledger are not what was written.</exception>
    public ProofBundle? LogRecord(LogRecord record, QueryBudget budget, CancellationToken cancellationToken)
    {
        if (store.Locate(record) is not { } place)
            return null;
        // The receipts of an hour's batches bear the hour's end.
        var end = place.Hour.EndUnixNanos;
        var query = new ReceiptQuery(end, end + 1) { Types = new HashSet<string> { LogBatch } };
        foreach (var seq in ledger.Reader.Find(query, budget, cancellationToken))
        {
            using var receipt = JsonDocument.Parse(ledger.Reader.Read(seq));
            if (!receipt.RootElement.GetProperty("storage_path").ValueEquals(place.StoragePath))
                continue;
            if (!Digest.TryParseHex(receipt.RootElement.GetProperty("content_hash").GetString().AsSpan("blake3:".Length), out var root))
                throw new DamagedLedgerException(ReceiptFile.RelativePath, $"receipt {seq}: found no content_hash, expected one");
            var slice = store.Slice(place.StoragePath, root, place.MemberOffset, place.MemberLength);
            return Receipt(seq)! with { LogRecord = new LogRecordProof(record.Json, place.MemberOffset, place.MemberLength, place.Line, slice) };
        }
        return null;
    }
}
