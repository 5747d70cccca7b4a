using System.Globalization;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Traces;

namespace VmObs.Verification;

/// <summary>What a significant trace's receipt says, as it is compared with the batch that the trace was sealed in.</summary>
/// <param name="Seq">The receipt's.</param>
/// <param name="Id">The trace.</param>
/// <param name="Decision">The journal record that decided it.</param>
/// <param name="Hour">Start of the hour that it belongs to, Unix ns.</param>
/// <param name="HasFailed">Whether it is of the class that holds failed traces.</param>
/// <param name="Leaf">Its leaf hash.</param>
internal readonly record struct TraceStatement(long Seq, TraceId Id, long Decision, long Hour, bool HasFailed, Digest Leaf)
{
    private const string Hash = "blake3:";

    /// <summary>Reads an obs_trace_complete.</summary>
    /// <exception cref="FormatException">A member is not what one has; or another of the exceptions of <see cref="JsonElement"/>.</exception>
    public static TraceStatement Of(JsonElement receipt)
    {
        var id = Text(receipt, receipt.TryGetProperty("w3c_trace_id", out _) ? "w3c_trace_id" : "trace_id");
        var hash = Text(receipt, "content_hash");
        if (!TraceId.TryParse(id, out var trace))
            throw new FormatException($"trace id {id}");
        if (!hash.StartsWith(Hash, StringComparison.Ordinal) || !Digest.TryParseHex(hash.AsSpan(Hash.Length), out var leaf))
            throw new FormatException($"content_hash {hash}");
        return new TraceStatement(
            receipt.GetProperty("seq").GetInt64(), trace, receipt.GetProperty("decision").GetInt64(), StartOf(receipt), receipt.GetProperty("status").ValueEquals("error"), leaf);
    }

    /// <summary>A significant trace's leaf must stand in the first batch of its hour that was sealed after the decision; none yet: the hour is open.</summary>
    /// <returns>The finding; null when all is well.</returns>
    public string? Compare(IEnumerable<TraceHour> hours)
    {
        var (hour, decision) = (Hour, Decision);
        var batch = hours.Where(batch => batch.Start == hour && batch.JournalTo >= decision).MinBy(static batch => batch.JournalTo);
        if (batch is null || batch.IsGone(HasFailed))
            return null;
        var isThere = batch.Leaves.TryGetValue((Id, Decision), out var leaf);
        return isThere && leaf == Leaf
            ? null
            : $"{batch.Path}: trace {Id}, decision {Decision}: found {(isThere ? Hash + leaf : "no such trace")}, expected leaf {Hash}{Leaf} (receipt seq {Seq})";
    }

    // The hour of its earliest span. What a sender said of a trace's time need not be that of its spans.
    private static long StartOf(JsonElement receipt)
    {
        if (receipt.TryGetProperty("started_at", out var started))
            return HourId.Of(TraceHour.Time(started.GetString()!)).StartUnixNanos;
        var end = TraceHour.Time(Text(receipt, "timestamp"));
        // Milliseconds with six decimals: exact in decimal.
        var duration = decimal.Parse(receipt.GetProperty("duration_ms").GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture);
        return HourId.Of(end - (long)Math.Round(duration * 1_000_000m)).StartUnixNanos;
    }

    private static string Text(JsonElement receipt, string member) => receipt.GetProperty(member).GetString()!;
}
