using System.Text.Json;
using VmObs.Signals;

namespace VmObs.Receipts;

/// <summary>Answers queries by going through the JSONL. Memory: one block of lines.</summary>
/// <param name="path">The JSONL.</param>
/// <param name="durableLength">Bytes of lines that ROOT covers; later ones are not yet receipts.</param>
internal sealed class ReceiptFileReader(string path, Func<long> durableLength) : IReceiptReader
{
    public IEnumerable<ReceiptLine> OldestFirst(ReceiptQuery query) => Matching(ReceiptFile.Lines(path, length: durableLength()), query);

    public IEnumerable<ReceiptLine> NewestFirst(ReceiptQuery query) => Matching(ReceiptFile.LinesFromEnd(path, durableLength()), query);

    private static IEnumerable<ReceiptLine> Matching(IEnumerable<byte[]> lines, ReceiptQuery query)
    {
        foreach (var line in lines)
        {
            using var document = JsonDocument.Parse(line);
            if (Matches(document.RootElement, query))
                yield return new ReceiptLine(document.RootElement.GetProperty("seq").GetInt64(), line);
        }
    }

    private static bool Matches(JsonElement receipt, ReceiptQuery query)
    {
        if (query.Types.Count > 0 && !query.Types.Contains(receipt.GetProperty("type").GetString()!))
            return false;
        if (!Rfc3339.TryParse(receipt.GetProperty("timestamp").GetString(), out var time) || time < query.FromUnixNanos || time >= query.ToUnixNanos)
            return false;
        return query.Node is null || NamesNode(receipt, NodeName.ToShort(query.Node));
    }

    private static bool NamesNode(JsonElement receipt, string node)
    {
        if (receipt.TryGetProperty("node", out var one) && one.ValueKind == JsonValueKind.String && NodeName.ToShort(one.GetString()!) == node)
            return true;
        return receipt.TryGetProperty("nodes_involved", out var list) && list.ValueKind == JsonValueKind.Array
            && list.EnumerateArray().Any(item => NodeName.ToShort(item.GetString()!) == node);
    }
}
