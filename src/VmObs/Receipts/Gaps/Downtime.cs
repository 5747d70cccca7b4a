using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Signals;

namespace VmObs.Receipts.Gaps;

/// <summary>A time in which no engine took data, found at the start that ended it.</summary>
/// <param name="LastSignOfLife">The latest time at which the engine before is known to have been at work, or at which it began to stop.</param>
/// <param name="Started">When this one began to take data; earlier than the other when the clock was set back meanwhile.</param>
/// <param name="Head">What the engine before last signed; null when that is not there.</param>
internal sealed record Downtime(long LastSignOfLife, long Started, JournalHead? Head)
{
    /// <summary>Once for these two times: an engine that ends before its own first sign of life has another start after it.</summary>
    public string IdempotencyKey => $"downtime:{Rfc3339.Format(LastSignOfLife)}:{Rfc3339.Format(Started)}";

    /// <summary>Writes the members of its obs_gap.</summary>
    public void Write(Utf8JsonWriter json, long seq)
    {
        GapReceipt.WriteHead(json, seq, "downtime", Math.Min(LastSignOfLife, Started), Math.Max(LastSignOfLife, Started));
        json.WriteString("last_sign_of_life", Rfc3339.FormatShort(LastSignOfLife));
        json.WriteString("started", Rfc3339.FormatShort(Started));
        json.WriteBoolean("clean_stop", Head is { Stopped: true });
        if (Head is not null)
        {
            json.WriteStartObject("journal");
            ReceiptWriter.WriteInteger(json, "to", Head.Position);
            json.WriteString("head", "blake3:" + Head.Chain.ToHex());
            json.WriteEndObject();
        }
        ReceiptWriter.WriteTags(json, ["observability", "gap", "downtime"]);
    }
}
