using System.Text;
using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Keys;
using VmObs.Signals;

namespace VmObs.Receipts;

/// <summary>The obs_operation about the scroll's own key.</summary>
internal static class KeyReceipt
{
    private const string CreationType = "key_created", ExportType = "key_exported";

    /// <summary>A scroll begins once.</summary>
    public static string KeyOfCreation(NoteKey first) => $"{CreationType}:{first.ToVerifierKey()}";

    /// <summary>A key is put in force once.</summary>
    public static string KeyOf(NoteKey next) => $"{KeyRotation.OperationType}:{next.ToVerifierKey()}";

    /// <summary>The members of a rotation, with what the key before says of the next one.</summary>
    /// <param name="json">Where they go.</param>
    /// <param name="rotation">What it says; its seq is the receipt's.</param>
    /// <param name="by">Who says it.</param>
    /// <param name="unixNanos">When.</param>
    public static void WriteRotation(Utf8JsonWriter json, KeyRotation rotation, NoteSigner by, long unixNanos)
    {
        Write(json, KeyRotation.OperationType, rotation.Seq, rotation.Key, unixNanos);
        json.WriteString("previous_key", by.PublicKey.ToVerifierKey());
        json.WriteString("note", Encoding.UTF8.GetString(by.Sign(rotation.ToText())));
    }

    /// <summary>The members of the scroll's first receipt: by which key it begins.</summary>
    public static void WriteCreation(Utf8JsonWriter json, long seq, NoteKey key, long unixNanos) => Write(json, CreationType, seq, key, unixNanos);

    /// <summary>The members of a secret's export.</summary>
    public static void WriteExport(Utf8JsonWriter json, long seq, NoteKey key, long unixNanos) => Write(json, ExportType, seq, key, unixNanos);

    private static void Write(Utf8JsonWriter json, string operationType, long seq, NoteKey key, long unixNanos)
    {
        json.WriteString("type", "obs_operation");
        json.WriteString("operation_id", ReceiptWriter.Id("obs-op", unixNanos, seq));
        json.WriteString("operation_type", operationType);
        json.WriteString("timestamp", Rfc3339.FormatShort(unixNanos));
        json.WriteString("key", key.ToVerifierKey());
        ReceiptWriter.WriteTags(json, ["observability", "operation", "key"]);
    }
}
