using System.Globalization;
using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;

namespace VmObs.Verification;

/// <summary>What receipts and HEAD say of the journal: at one position they must all have seen one chain.</summary>
internal sealed class JournalStatements(List<string> findings)
{
    private const string Hash = "blake3:";

    private readonly Dictionary<long, (string Head, string Where)> _heads = [];
    private long _latest;
    private string _latestWhere = "";

    /// <summary>Takes a receipt's <c>journal</c>, if it has one.</summary>
    public void Note(JsonElement receipt)
    {
        if (receipt.TryGetProperty("journal", out var journal))
            Note(Position(journal.GetProperty("to")), journal.GetProperty("head").GetString()!, $"receipt seq {receipt.GetProperty("seq")}");
    }

    /// <summary>Takes HEAD's bytes.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="file">Its bytes.</param>
    /// <param name="keys">Those of which one must have signed.</param>
    /// <param name="live">Whether an engine is at work, which replaces HEAD every few seconds.</param>
    public void NoteHead(string name, byte[] file, IReadOnlyList<NoteKey> keys, bool live)
    {
        try
        {
            var head = JournalHead.Read(file, keys);
            if (head.Stopped && !live && head.Position < _latest)
                findings.Add($"{name}: found position {head.Position} at a clean stop, expected at least {_latest} as {_latestWhere} says");
            Note(head.Position, Hash + head.Chain.ToHex(), name);
        }
        catch (FormatException error)
        {
            findings.Add($"{name}: {error.Message}");
        }
    }

    /// <summary>Compares the chain of the journal itself with what is said of it.</summary>
    public void Check(long position, Digest chain)
    {
        if (_heads.TryGetValue(position, out var said) && said.Head != Hash + chain.ToHex())
            findings.Add($"{said.Where}: found chain {said.Head} at position {position} of the journal, expected {Hash}{chain} as the kept segments have it");
    }

    /// <summary>Compares where the journal ends with what is said of it.</summary>
    public void CheckEnd(long position)
    {
        if (position < _latest)
            findings.Add($"journal: found its end at position {position}, expected it to reach {_latest} as {_latestWhere} says");
    }

    private void Note(long position, string head, string where)
    {
        if (position > _latest)
            (_latest, _latestWhere) = (position, where);
        if (!_heads.TryAdd(position, (head, where)) && _heads[position].Head != head)
            findings.Add($"{where}: found chain {head} at position {position} of the journal, expected {_heads[position].Head} as {_heads[position].Where} says");
    }

    /// <summary>A position as receipts write it: integers beyond 2^53 - 1 are strings.</summary>
    public static long Position(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? long.Parse(element.GetString()!, CultureInfo.InvariantCulture) : element.GetInt64();
}
