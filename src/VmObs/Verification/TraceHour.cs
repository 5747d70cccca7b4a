using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded;

namespace VmObs.Verification;

/// <summary>A sealed batch of traces as significant traces' receipts are compared with it.</summary>
/// <param name="Path">The batch's file.</param>
/// <param name="Start">Its hour's start, Unix ns.</param>
/// <param name="JournalTo">Position through which the journal was applied when it closed.</param>
/// <param name="Leaves">Leaf hashes by trace id and decision, as the file has them.</param>
/// <param name="Gone">Classes whose leaves are gone.</param>
internal sealed record TraceHour(
    string Path, long Start, long JournalTo, IReadOnlyDictionary<(TraceId Id, long Decision), Digest> Leaves, ExpiryClasses Gone)
{
    /// <summary>Takes what matters from a batch's receipt.</summary>
    public static TraceHour Of(string path, JsonElement receipt, IReadOnlyDictionary<(TraceId Id, long Decision), Digest> leaves, ExpiryClasses gone) =>
        new(path, Time(receipt.GetProperty("period").GetProperty("start").GetString()!), receipt.GetProperty("journal").GetProperty("to").GetInt64(), leaves, gone);

    /// <summary>Whether a significant trace's leaf is gone.</summary>
    public bool IsGone(bool failed) => Gone.Has(failed ? ExpiryClass.TracesError : ExpiryClass.TracesOk);

    /// <summary>A time that a receipt says, Unix ns.</summary>
    /// <exception cref="FormatException">It is none: no engine wrote the receipt.</exception>
    public static long Time(string text) => Rfc3339.TryParse(text, out var time) ? time : throw new FormatException($"time \"{text}\"");
}
