using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Receipts;

/// <summary>Answers queries by the index, and reads those lines alone of which it cannot tell. What it hands out is what was written. Whoever makes it disposes it.</summary>
/// <remarks>Thread-safe. Memory: one line.</remarks>
/// <param name="path">The JSONL.</param>
/// <param name="index">Of its lines.</param>
/// <param name="durableSize">Lines that ROOT covers; later ones are not yet receipts.</param>
internal sealed class ReceiptFileReader(string path, ReceiptIndex index, Func<long> durableSize) : IReceiptReader, IDisposable
{
    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    public IEnumerable<long> Find(ReceiptQuery query, QueryBudget budget, CancellationToken cancellationToken)
    {
        var wanted = ReceiptTypes.Wanted(query.Types);
        var (first, end) = (query.AfterSeq + 1, Math.Min(query.BeforeSeq, durableSize()));
        for (var i = 0L; i < end - first; i++)
        {
            var seq = query.NewestFirst ? end - 1 - i : first + i;
            var place = index[seq];
            if (!wanted[place.Type] || place.TimestampUnixNanos < query.FromUnixNanos || place.TimestampUnixNanos >= query.ToUnixNanos)
                continue;
            if (query.IsToldByIndex && place.Type != ReceiptTypes.Unnumbered)
            {
                yield return seq;
                continue;
            }
            cancellationToken.ThrowIfCancellationRequested();
            budget.Read(place.Length);
            if (Matches(Read(seq), query))
                yield return seq;
        }
    }

    public byte[] Read(long seq)
    {
        var place = index[seq];
        var line = new byte[place.Length];
        for (var read = 0; read < line.Length;)
        {
            var count = RandomAccess.Read(_file, line.AsSpan(read), place.Offset + read);
            read += count > 0 ? count : throw new DamagedLedgerException(path, $"ends before byte {place.Offset + line.Length}, expected line {seq + 1} up to there");
        }
        return ReceiptPlace.CheckOf(line) == place.Check
            ? line
            : throw new DamagedLedgerException(path, $"line {seq + 1} at byte {place.Offset}: not the line that was written there");
    }

    public void Dispose() => _file.Dispose();

    private static bool Matches(byte[] line, ReceiptQuery query)
    {
        if (query.Filter?.Matches(line) == false)
            return false;
        if (query.Node is null && query.Types.Count == 0)
            return true;
        using var document = JsonDocument.Parse(line);
        var receipt = document.RootElement;
        return (query.Types.Count == 0 || query.Types.Contains(receipt.GetProperty("type").GetString()!)) && (query.Node is null || NamesNode(receipt, NodeName.ToShort(query.Node)));
    }

    private static bool NamesNode(JsonElement receipt, string node)
    {
        if (receipt.TryGetProperty("node", out var one) && one.ValueKind == JsonValueKind.String && NodeName.ToShort(one.GetString()!) == node)
            return true;
        return receipt.TryGetProperty("nodes_involved", out var list) && list.ValueKind == JsonValueKind.Array
            && list.EnumerateArray().Any(item => NodeName.ToShort(item.GetString()!) == node);
    }
}
