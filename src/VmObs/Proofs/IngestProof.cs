using System.Globalization;
using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Verify;

namespace VmObs.Proofs;

/// <summary>What an engine can show of a request whose receipt (<see cref="IngestReceipt"/>) somebody kept.</summary>
/// <param name="Receipt">What was asked about.</param>
/// <param name="Fault">Why the journal is not as the receipt says; null where nothing speaks against it.</param>
internal sealed record IngestProof(IngestReceipt Receipt, string? Fault)
{
    /// <summary>The record; null when it is not kept any more, or there is none.</summary>
    public KeptRecord? Record { get; init; }

    /// <summary>The signed head that the chain from the record leads to; null when it leads to none.</summary>
    public JournalHead? Head { get; init; }

    /// <summary>The first receipt of a sealed hour whose <c>journal.head</c> the chain leads to; null when it leads to none yet.</summary>
    public SealStatement? Seal { get; init; }

    /// <summary>Position of the first record that is kept.</summary>
    public long KeptFrom { get; init; }

    /// <summary>What is shown, and what is not, for a person.</summary>
    public required IReadOnlyList<string> Proven { get; init; }

    public required IReadOnlyList<string> NotProven { get; init; }

    /// <summary>"holds", "not_kept" or "fails".</summary>
    public string Outcome => Fault is not null ? "fails" : Record is not null ? "holds" : "not_kept";

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("receipt"u8, Receipt.ToString());
        json.WriteString("outcome"u8, Outcome);
        if (Fault is not null)
            json.WriteString("fault"u8, Fault);
        json.WriteNumber("kept_from"u8, KeptFrom);
        if (Record is { } record)
            Write(json, record);
        if (Head is { } head)
        {
            json.WriteStartObject("head"u8);
            json.WriteNumber("position"u8, head.Position);
            json.WriteString("chain"u8, "blake3:" + head.Chain);
            json.WriteString("time"u8, Rfc3339.Format(head.TimeUnixNanos));
            json.WriteEndObject();
        }
        if (Seal is { } seal)
        {
            json.WriteStartObject("seal"u8);
            json.WriteNumber("seq"u8, seal.Seq);
            json.WriteString("storage_path"u8, seal.StoragePath);
            json.WriteNumber("position"u8, seal.Position);
            json.WriteString("chain"u8, seal.Head);
            json.WriteEndObject();
        }
        Write(json, "proven", Proven);
        Write(json, "not_proven", NotProven);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, KeptRecord record)
    {
        json.WriteStartObject("record"u8);
        json.WriteNumber("position"u8, record.Position);
        json.WriteString("arrived_at"u8, Rfc3339.Format(record.ArrivalUnixNanos));
        if (record.Request is var (signal, format, coding))
        {
            json.WriteString("signal"u8, signal.ToString().ToLowerInvariant());
            json.WriteString("format"u8, JournalFormats.Name(format));
            json.WriteString("coding"u8, coding.ToString().ToLowerInvariant());
        }
        json.WriteNumber("length"u8, record.Length - record.NodeBytes);
        json.WriteNumber("node_bytes"u8, record.NodeBytes);
        json.WriteString("body_hash"u8, "blake3:" + record.BodyHash);
        json.WriteString("chain_before"u8, "blake3:" + record.ChainBefore);
        json.WriteString("chain_after"u8, "blake3:" + record.Chain);
        json.WriteString("segment"u8, record.Segment);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> statements)
    {
        json.WriteStartArray(name);
        foreach (var statement in statements)
            json.WriteStringValue(statement);
        json.WriteEndArray();
    }
}
