using System.Text.Json;
using VmObs.Signals;
using VmObs.Storage.Embedded.Sampling;

namespace VmObs.Receipts;

/// <summary>The obs_operation that says by which rules traces are sampled from here on.</summary>
internal static class SamplingReceipt
{
    private const string OperationType = "sampling_rules";

    /// <summary>Its key: rules that come back into force get another receipt.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="earlier">Number of such receipts before it.</param>
    public static string KeyOf(SamplingRules rules, int earlier) => $"{OperationType}:{HashOf(rules)}:{earlier}";

    /// <summary>What decisions of the journal name the rules by.</summary>
    public static string HashOf(SamplingRules rules) => "blake3:" + rules.Hash.ToHex();

    /// <summary>Writes the members.</summary>
    public static void Write(Utf8JsonWriter json, long seq, SamplingRules rules, long unixNanos)
    {
        json.WriteString("type", "obs_operation");
        json.WriteString("operation_id", ReceiptWriter.Id("obs-op", unixNanos, seq));
        json.WriteString("operation_type", OperationType);
        json.WriteString("timestamp", Rfc3339.FormatShort(unixNanos));
        json.WriteString("rules_hash", HashOf(rules));
        rules.WriteMembers(json);
        ReceiptWriter.WriteTags(json, ["observability", "operation", "sampling"]);
    }

    /// <summary>The hash of the rules that a receipt puts in force; null when it is another receipt.</summary>
    public static string? Read(JsonElement receipt) =>
        receipt.TryGetProperty("operation_type", out var type) && type.ValueEquals(OperationType) ? receipt.GetProperty("rules_hash").GetString() : null;
}
