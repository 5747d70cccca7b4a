using System.Text.Json;
using VmObs.Signals;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Verify;

namespace VmObs.Verification;

/// <summary>Compares one sealed file with its receipt, and with the receipt of what expired of it.</summary>
/// <param name="dataFolder">Absolute path.</param>
/// <param name="path">The file, relative to the data folder.</param>
/// <param name="receipt">Of the sealed hour.</param>
internal sealed class HourVerifier(string dataFolder, string path, JsonElement receipt)
{
    private const string Hash = "blake3:";

    private readonly List<string> _findings = [];

    /// <summary>What is not as the receipts say.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Bytes that were read.</summary>
    public long Bytes { get; private set; }

    /// <summary>What significant traces' receipts are compared with; null for another signal, and for a file that cannot be read.</summary>
    public TraceHour? Traces { get; private set; }

    private bool HoldsTraces => receipt.GetProperty("type").ValueEquals("obs_trace_batch");

    /// <summary>Verifies the file.</summary>
    /// <param name="retention">The last receipt of what expired of it; null when nothing did.</param>
    /// <param name="live">Whether an engine is at work, which may be between that receipt and its work.</param>
    public void Run(JsonElement? retention, bool live)
    {
        if (retention is { } expired && Text(expired, "content_hash") != Text(receipt, "content_hash"))
            _findings.Add($"{path}: found content_hash {Text(expired, "content_hash")} in receipt seq {expired.GetProperty("seq")}, expected {Text(receipt, "content_hash")} as receipt seq {receipt.GetProperty("seq")} says");
        if (retention is { } whole && whole.GetProperty("remains").ValueKind == JsonValueKind.Null)
        {
            if (!live && File.Exists(Path.Combine(dataFolder, path)))
                _findings.Add($"{path}: found an expired file, expected none as receipt seq {whole.GetProperty("seq")} says; an engine that starts on the folder deletes it");
            if (HoldsTraces)
                Traces = TraceHour.Of(path, receipt, new Dictionary<(string, long), string>(), ExpiryClasses.OfSignal(Signal.Traces));
            return;
        }
        Compare(retention, live);
    }

    private void Compare(JsonElement? retention, bool live)
    {
        HourContent? content;
        try
        {
            content = retention is { } expired
                ? HourContent.ReadRest(dataFolder, path, Text(receipt, "content_hash")[Hash.Length..], Text(expired.GetProperty("remains"), "outboard_head")[Hash.Length..], live)
                : HourContent.Read(dataFolder, path);
        }
        catch (IOException)
        {
            _findings.Add($"{path}: found no readable file, expected one with content_hash {Text(receipt, "content_hash")} (receipt seq {receipt.GetProperty("seq")})");
            return;
        }
        if (content is null)
        {
            _findings.Add($"{path}: found in receipt seq {receipt.GetProperty("seq")}, expected the path of an hour file");
            return;
        }
        Bytes = content.Length;
        if (Text(receipt, "content_hash") != Hash + content.ContentHash)
            _findings.Add($"{path}: found content_hash blake3:{content.ContentHash}, expected {Text(receipt, "content_hash")}{(content.Findings.Count > 0 ? "; " + content.Findings[0] : "")}");
        else
            _findings.AddRange(content.Findings);
        // What cannot be read whole says nothing about counts.
        if (content.Findings.Count > 0)
            return;
        var expect = new ReceiptComparison(path, receipt, content.Gone, _findings);
        if (content.Logs is { } logs)
            expect.Logs(logs);
        if (content.Metrics is { } metrics)
            expect.Metrics(metrics);
        if (content.Traces is { } traces)
            expect.Traces(traces);
        if (HoldsTraces)
            Traces = TraceHour.Of(path, receipt, content.Leaves, content.Gone);
    }

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
