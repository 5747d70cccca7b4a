using System.Text;
using VmObs.Signals;

namespace VmObs.Tests.Signals.Wire.Plain;

/// <summary>Gathers what a plain mapping gives, in the text form of <see cref="Wiring"/> but for the first refusal's message.</summary>
internal sealed class PlainBatch
{
    private readonly StringBuilder _lines = new();
    private readonly SortedDictionary<RefusalReason, int> _refusals = [];

    public void Add(string line) => _lines.Append(line).Append('\n');

    public void Refuse(RefusalReason reason) => _refusals[reason] = _refusals.GetValueOrDefault(reason) + 1;

    /// <summary>Counts a time that the rules refuse; null when it is good.</summary>
    public static RefusalReason? FaultOf(ulong time) =>
        time == 0 ? RefusalReason.MissingTimestamp
        : time > long.MaxValue ? RefusalReason.InvalidTimestamp
        : time > (ulong)Wiring.Arrival + 600_000_000_000 ? RefusalReason.TooFarAhead
        : null;

    public override string ToString() =>
        _lines + (_refusals.Count == 0 ? "" : $"refused {string.Join(' ', _refusals.Select(pair => $"{pair.Key.Name()}={pair.Value}"))}");

    /// <summary>A batch's text without the first refusal's message.</summary>
    public static string WithoutMessage(string text)
    {
        var refused = text.LastIndexOf("\nrefused ", StringComparison.Ordinal) is >= 0 and var at ? at + 1 : text.StartsWith("refused ", StringComparison.Ordinal) ? 0 : -1;
        return refused < 0 ? text : text[..text.IndexOf(": ", refused, StringComparison.Ordinal)];
    }

    /// <summary>Labels as <see cref="Wiring"/> writes them: in the order of their names' bytes, without empty ones.</summary>
    public static string Labels(IReadOnlyDictionary<string, string> labels)
    {
        var sorted = labels.Where(label => label.Value.Length > 0).OrderBy(label => Convert.ToHexString(Encoding.UTF8.GetBytes(label.Key)), StringComparer.Ordinal);
        return $"{{{string.Join(',', sorted.Select(label => $"{label.Key}=\"{label.Value}\""))}}}".Replace("\n", "\\n", StringComparison.Ordinal);
    }
}
