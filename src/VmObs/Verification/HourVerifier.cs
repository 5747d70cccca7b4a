using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Signals.Logs;
using VmObs.Storage;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Verification;

/// <summary>Checks a sealed file against its receipt: its bytes first, then what they hold.</summary>
internal sealed class HourVerifier(string folder, Action<string> find)
{
    private const int BufferBytes = 1024 * 1024;

    /// <summary>Checks one file.</summary>
    /// <param name="receipt">What the ledger says of it.</param>
    /// <param name="traces">Told of each trace in a trace file.</param>
    public void Check(HourReceipt receipt, Action<TraceKey, Digest> traces)
    {
        if (HourFile.TryParse(receipt.StoragePath) is not { } name)
        {
            find($"receipt line {receipt.Line}: storage_path is {receipt.StoragePath}, expected a path such as telemetry/logs/2025-12-06/hour-14.jsonl.gz");
            return;
        }
        var path = name.PathIn(folder);
        if (!File.Exists(path))
        {
            find($"{receipt.StoragePath}: missing, expected the file of receipt line {receipt.Line}");
            return;
        }
        try
        {
            using var file = new ReadOnlyFile(path);
            var hash = "blake3:" + Hash(file).ToHex();
            Compare(receipt, "content_hash", hash);
            Compare(receipt, "content_length", file.Length);
            CheckContent(receipt, name, file, traces);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            find(error is DamagedFileException ? error.Message : $"{receipt.StoragePath}: cannot be read: {error.Message}");
        }
    }

    private void CheckContent(HourReceipt receipt, HourFile name, DiskFile file, Action<TraceKey, Digest> traces)
    {
        switch (name.Signal)
        {
            case Signals.Signal.Metrics:
                CheckMetrics(receipt, MetricFileReader.Verify(file));
                break;
            case Signals.Signal.Logs:
                CheckLogs(receipt, LogFileReader.Verify(file));
                break;
            default:
                var check = TraceFileReader.Verify(file);
                CheckTraces(receipt, check);
                foreach (var (key, leaf) in check.Leaves)
                    traces(key, leaf);
                break;
        }
    }

    private void CheckMetrics(HourReceipt receipt, MetricFileCheck check)
    {
        Report(check.Findings);
        Compare(receipt, "records_root", "blake3:" + check.RecordsRoot.ToHex());
        Compare(receipt, "series_collected", check.Series);
        Compare(receipt, "metrics_collected", check.Samples);
        Compare(receipt, "nodes_reporting", check.Nodes.Count);
    }

    private void CheckLogs(HourReceipt receipt, LogFileCheck check)
    {
        Report(check.Findings);
        for (var level = Level.Trace; level <= Level.Fatal; level++)
        {
            var told = receipt.Json.TryGetProperty("log_counts", out var counts) && counts.TryGetProperty(level.Name(), out var count) ? count.ToString() : "nothing";
            Compare(receipt, $"log_counts.{level.Name()}", told, check.Counts[(int)level].ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        CompareNames(receipt, "services_reporting", check.Services);
    }

    private void CheckTraces(HourReceipt receipt, TraceFileCheck check)
    {
        Report(check.Findings);
        Compare(receipt, "records_root", "blake3:" + check.RecordsRoot.ToHex());
        Compare(receipt, "trace_count", check.Traces);
        Compare(receipt, "span_count", check.Spans);
        Compare(receipt, "error_traces", check.ErrorTraces);
        CompareNames(receipt, "services_involved", check.Services);
        CompareNames(receipt, "nodes_involved", check.Nodes);
    }

    private void Report(IEnumerable<string> findings)
    {
        foreach (var finding in findings)
            find(finding);
    }

    private void Compare(HourReceipt receipt, string member, long found) => Compare(receipt, member, found.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private void Compare(HourReceipt receipt, string member, string found) =>
        Compare(receipt, member, receipt.Json.TryGetProperty(member, out var value) ? value.ToString() : "nothing", found);

    private void Compare(HourReceipt receipt, string member, string told, string found)
    {
        if (told != found)
            find($"{receipt.StoragePath}: found {member} {found}, expected {told} as receipt line {receipt.Line} says");
    }

    /// <summary>Lists in receipts stop at some number of names; how many there were stands beside them.</summary>
    private void CompareNames(HourReceipt receipt, string member, IReadOnlyList<string> found)
    {
        var told = receipt.Json.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(name => name.ToString()).ToList()
            : [];
        var total = receipt.Json.TryGetProperty(member + "_total", out var count) && count.TryGetInt32(out var number) ? number : told.Count;
        if (found.Count != total || !found.Take(told.Count).SequenceEqual(told, StringComparer.Ordinal))
            find($"{receipt.StoragePath}: found {found.Count} {member} ({string.Join(", ", found.Take(5))}), expected {total} ({string.Join(", ", told.Take(5))}) as receipt line {receipt.Line} says");
    }

    private static Digest Hash(ReadOnlyFile file)
    {
        var hasher = new Blake3Hasher();
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var offset = 0L;
            for (int read; (read = file.Read(buffer, offset)) > 0; offset += read)
                hasher.Update(buffer.AsSpan(0, read));
            return hasher.Finish();
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
