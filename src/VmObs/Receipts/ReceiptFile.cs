using System.Text.Json;
using VmObs.Signals;

namespace VmObs.Receipts;

/// <summary>Reads receipts/observability/observability_events.jsonl.</summary>
internal static class ReceiptFile
{
    public const string RelativePath = "receipts/observability/observability_events.jsonl";

    /// <summary>The lines from the start, without their newlines; a last line without one is not given.</summary>
    /// <param name="path">The file; no lines when it is not there.</param>
    /// <param name="torn">Told how many bytes follow the last newline.</param>
    public static IEnumerable<byte[]> Lines(string path, Action<int>? torn = null)
    {
        if (!File.Exists(path))
            yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        var buffer = new byte[64 * 1024];
        var held = 0;
        while (true)
        {
            if (held == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var read = file.Read(buffer, held, buffer.Length - held);
            if (read == 0)
                break;
            held += read;
            var start = 0;
            for (int end; (end = buffer.AsSpan(start, held - start).IndexOf((byte)'\n')) >= 0; start += end + 1)
                yield return buffer[start..(start + end)];
            buffer.AsSpan(start, held - start).CopyTo(buffer);
            held -= start;
        }
        torn?.Invoke(held);
    }

    /// <summary>The lines that answer a query, in the scroll's order.</summary>
    public static IReadOnlyCollection<byte[]> Find(string path, ReceiptQuery query)
    {
        var found = new Queue<byte[]>();
        foreach (var line in Lines(path))
        {
            if (!Matches(line, query))
                continue;
            found.Enqueue(line);
            if (found.Count > query.Limit)
                found.Dequeue();
        }
        return found;
    }

    private static bool Matches(byte[] line, ReceiptQuery query)
    {
        using var document = JsonDocument.Parse(line);
        var receipt = document.RootElement;
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
