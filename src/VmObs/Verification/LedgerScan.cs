using System.Globalization;
using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Verify;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Verification;

/// <summary>A receipt of a sealed hour.</summary>
/// <param name="Line">In the JSONL, 1-based.</param>
/// <param name="StoragePath">The file, relative to the data folder.</param>
/// <param name="JournalTo">Position through which the journal was applied when the hour closed.</param>
/// <param name="Json">The whole receipt.</param>
internal sealed record HourReceipt(long Line, string StoragePath, long JournalTo, JsonElement Json);

/// <summary>A receipt of a significant trace.</summary>
/// <param name="Line">In the JSONL, 1-based.</param>
/// <param name="LeafHash">The trace's leaf in its hour's records tree, "blake3:…".</param>
/// <param name="FirstHour">The hour in which it begins.</param>
/// <param name="LastHour">Another where rounding to milliseconds leaves two possible; else the same.</param>
internal sealed record TraceReceipt(long Line, string LeafHash, HourId FirstHour, HourId LastHour);

/// <summary>The ledger as it was read, and what is wrong with it.</summary>
internal sealed class LedgerScan
{
    private const long MillisecondNanos = 1_000_000;

    private LedgerScan(ScrollVerifier verifier) => Verifier = verifier;

    /// <summary>Signatures, chain and roots.</summary>
    public ScrollVerifier Verifier { get; }

    /// <summary>Sealed hours by path.</summary>
    public Dictionary<string, HourReceipt> Hours { get; } = new(StringComparer.Ordinal);

    /// <summary>Significant traces.</summary>
    public Dictionary<TraceKey, TraceReceipt> Traces { get; } = [];

    /// <summary>What receipts say that cannot be.</summary>
    public List<string> Findings { get; } = [];

    /// <summary>Bytes after the last newline.</summary>
    public int TornBytes { get; private set; }

    /// <summary>Reads ROOT, then the lines: a live engine writes them in the opposite order.</summary>
    public static LedgerScan Read(string folder, NoteKey key)
    {
        var rootPath = Path.Combine(folder, ObservabilityLedger.RootFile);
        var scan = new LedgerScan(new ScrollVerifier(File.Exists(rootPath) ? File.ReadAllBytes(rootPath) : null, key));
        var number = 0L;
        foreach (var line in ReceiptFile.Lines(Path.Combine(folder, ReceiptFile.RelativePath), torn => scan.TornBytes = torn))
        {
            number++;
            if (scan.Verifier.Add(line))
                scan.Note(number, line);
        }
        return scan;
    }

    /// <summary>Paths that have a receipt by now.</summary>
    public static HashSet<string> ReadPaths(string folder)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in ReceiptFile.Lines(Path.Combine(folder, ReceiptFile.RelativePath)))
        {
            using var document = JsonDocument.Parse(line);
            if (document.RootElement.TryGetProperty("storage_path", out var path) && path.GetString() is { } text)
                paths.Add(text);
        }
        return paths;
    }

    private void Note(long number, byte[] line)
    {
        var where = $"{ReceiptFile.RelativePath}, line {number}";
        try
        {
            using var document = JsonDocument.Parse(line);
            var receipt = document.RootElement;
            if (receipt.TryGetProperty("storage_path", out var path))
            {
                var hour = new HourReceipt(number, path.GetString()!, ReadInteger(receipt.GetProperty("journal").GetProperty("to")), receipt.Clone());
                if (!Hours.TryAdd(hour.StoragePath, hour))
                    Findings.Add($"{where}: a second receipt of {hour.StoragePath}; the first is line {Hours[hour.StoragePath].Line}");
            }
            else if (receipt.GetProperty("type").ValueEquals("obs_trace_complete"))
            {
                NoteTrace(number, where, receipt);
            }
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            Findings.Add($"{where}: not a receipt that this version knows how to check: {error.Message}");
        }
    }

    private void NoteTrace(long number, string where, JsonElement receipt)
    {
        if (!TraceId.TryParse(receipt.GetProperty("trace_id").GetString(), out var id) || !Rfc3339.TryParse(receipt.GetProperty("timestamp").GetString(), out var end))
            throw new FormatException("trace_id or timestamp");
        var position = ReadInteger(receipt.GetProperty("decision"));
        var start = end - (long)(receipt.GetProperty("duration_ms").GetDouble() * MillisecondNanos);
        var trace = new TraceReceipt(
            number, receipt.GetProperty("content_hash").GetString()!, HourId.Of(start - MillisecondNanos), HourId.Of(start + MillisecondNanos));
        if (!Traces.TryAdd(new TraceKey(id, position), trace))
            Findings.Add($"{where}: a second receipt of trace {id}, decision {position}");
    }

    /// <summary>Integers beyond 2^53 − 1 are decimal strings in receipts.</summary>
    private static long ReadInteger(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? long.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetInt64();
}
