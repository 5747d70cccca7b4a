using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Verify;

namespace VmObs.Verification;

/// <summary>Compares one sealed file with its receipt, and with the receipt of what expired of it.</summary>
/// <param name="dataFolder">Absolute path.</param>
/// <param name="path">The file, relative to the data folder.</param>
/// <param name="receipt">Of the sealed hour.</param>
/// <param name="depth">Whether its records are read where its bytes prove to be what was sealed.</param>
/// <param name="journal">Takes the records as well; null without it.</param>
internal sealed class HourVerifier(string dataFolder, string path, JsonElement receipt, VerificationDepth depth, JournalComparison? journal = null)
{
    private const string HashPrefix = "blake3:";

    private readonly List<string> _findings = [];

    /// <summary>What is not as the receipts say.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Bytes that were read.</summary>
    public long Bytes { get; private set; }

    /// <summary>What significant traces' receipts are compared with; null for another signal, and for a file that cannot be read.</summary>
    public TraceHour? Traces { get; private set; }

    private bool HoldsTraces => receipt.GetProperty("type").ValueEquals("obs_trace_batch");

    /// <summary>Compares the file's hash alone: it commits to every byte.</summary>
    /// <returns>Whether the file is as it was sealed; where not, <see cref="Run"/> says what is wrong.</returns>
    public bool Accept(FileHash hash)
    {
        // One without a text for a hash is for the other to name.
        var isRight = hash.Error is null && receipt.TryGetProperty("content_hash", out var stated) && stated.ValueKind == JsonValueKind.String && stated.ValueEquals(HashPrefix + hash.Hash.ToHex());
        Bytes = isRight ? hash.Length : 0;
        return isRight;
    }

    /// <summary>Verifies the file and what it holds.</summary>
    /// <param name="retention">The last receipt of what expired of it; null when nothing did.</param>
    /// <param name="live">Whether an engine is at work, which may be between that receipt and its work.</param>
    public void Run(JsonElement? retention, bool live)
    {
        if (ForeignReceipt.Guard(receipt, () => Verify(retention, live)) is { } foreign)
            _findings.Add(foreign);
    }

    private void Verify(JsonElement? retention, bool live)
    {
        if (retention is { } expired && Text(expired, "content_hash") != Text(receipt, "content_hash"))
            _findings.Add($"{path}: found content_hash {Text(expired, "content_hash")} in receipt seq {expired.GetProperty("seq")}, expected {Text(receipt, "content_hash")} as receipt seq {receipt.GetProperty("seq")} says");
        if (retention is { } whole && whole.GetProperty("remains").ValueKind == JsonValueKind.Null)
        {
            if (!live && File.Exists(Path.Combine(dataFolder, path)))
                _findings.Add($"{path}: found an expired file, expected none as receipt seq {whole.GetProperty("seq")} says; an engine that starts on the folder deletes it");
            if (HoldsTraces)
                Traces = TraceHour.Of(path, receipt, new Dictionary<(TraceId, long), Digest>(), ExpiryClasses.OfSignal(Signal.Traces));
            return;
        }
        Compare(retention, live);
    }

    private void Compare(JsonElement? retention, bool live)
    {
        HourContent? content;
        try
        {
            content = retention is { } expired ? Rest(Text(receipt, "content_hash"), Text(expired.GetProperty("remains"), "outboard_head"), live) : HourContent.Read(dataFolder, path, journal);
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
        if (Text(receipt, "content_hash") != HashPrefix + content.ContentHash)
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

    private HourContent? Rest(string contentHash, string outboardHead, bool live) => depth == VerificationDepth.Bytes
        ? HourContent.ProveRest(dataFolder, path, contentHash[HashPrefix.Length..], outboardHead[HashPrefix.Length..], live)
        : HourContent.ReadRest(dataFolder, path, contentHash[HashPrefix.Length..], outboardHead[HashPrefix.Length..], live, journal);

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
