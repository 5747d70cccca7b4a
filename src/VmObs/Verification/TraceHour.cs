using System.Globalization;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Storage.Embedded;

namespace VmObs.Verification;

/// <summary>A sealed batch of traces as significant traces' receipts are compared with it.</summary>
/// <param name="Path">The batch's file.</param>
/// <param name="Start">Its hour's start, Unix ns.</param>
/// <param name="JournalTo">Position through which the journal was applied when it closed.</param>
/// <param name="Leaves">Leaf hashes by trace id and decision, lower-case hex.</param>
/// <param name="Gone">Classes whose leaves are gone.</param>
internal sealed record TraceHour(
    string Path, long Start, long JournalTo, IReadOnlyDictionary<(string TraceId, long Decision), string> Leaves, ExpiryClasses Gone)
{
    /// <summary>Takes what matters from a batch's receipt.</summary>
    public static TraceHour Of(string path, JsonElement receipt, IReadOnlyDictionary<(string TraceId, long Decision), string> leaves, ExpiryClasses gone) =>
        new(path, Time(receipt.GetProperty("period").GetProperty("start").GetString()!), receipt.GetProperty("journal").GetProperty("to").GetInt64(), leaves, gone);

    /// <summary>Whether a significant trace's leaf is gone.</summary>
    public bool IsGone(JsonElement traceReceipt) =>
        Gone.Has(traceReceipt.GetProperty("status").ValueEquals("error") ? ExpiryClass.TracesError : ExpiryClass.TracesOk);

    /// <summary>Start of the hour that a significant trace belongs to: that of its earliest span.</summary>
    public static long StartOf(JsonElement traceReceipt)
    {
        // What a sender said of a trace's time need not be that of its spans.
        if (traceReceipt.TryGetProperty("started_at", out var started))
            return HourId.Of(Time(started.GetString()!)).StartUnixNanos;
        var end = Time(traceReceipt.GetProperty("timestamp").GetString()!);
        // Milliseconds with six decimals: exact in decimal.
        var duration = decimal.Parse(traceReceipt.GetProperty("duration_ms").GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture);
        return HourId.Of(end - (long)Math.Round(duration * 1_000_000m)).StartUnixNanos;
    }

    private static long Time(string text) =>
        Rfc3339.TryParse(text, out var time) ? time : throw new InvalidOperationException($"BUG: a verified receipt holds the time \"{text}\"");
}
