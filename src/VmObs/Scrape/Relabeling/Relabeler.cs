using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace VmObs.Scrape.Relabeling;

/// <summary>Applies relabelling rules to label sets.</summary>
internal static class Relabeler
{
    /// <summary>Applies rules one after another.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="labels">Changed in place; a label without a value is none.</param>
    /// <returns>Whether the labels' owner is kept.</returns>
    public static bool Apply(IReadOnlyList<RelabelRule> rules, Dictionary<string, string> labels)
    {
        foreach (var rule in rules)
        {
            if (!Apply(rule, labels))
                return false;
        }
        return true;
    }

    private static bool Apply(RelabelRule rule, Dictionary<string, string> labels)
    {
        switch (rule.Action)
        {
            case RelabelAction.Keep: return rule.Pattern.IsMatch(SourceOf(rule, labels));
            case RelabelAction.Drop: return !rule.Pattern.IsMatch(SourceOf(rule, labels));
            case RelabelAction.KeepEqual: return SourceOf(rule, labels) == labels.GetValueOrDefault(rule.TargetLabel, "");
            case RelabelAction.DropEqual: return SourceOf(rule, labels) != labels.GetValueOrDefault(rule.TargetLabel, "");
            case RelabelAction.Replace: Replace(rule, labels); break;
            case RelabelAction.HashMod: Set(labels, rule.TargetLabel, HashMod(SourceOf(rule, labels), rule.Modulus)); break;
            case RelabelAction.Lowercase: Set(labels, rule.TargetLabel, SourceOf(rule, labels).ToLowerInvariant()); break;
            case RelabelAction.Uppercase: Set(labels, rule.TargetLabel, SourceOf(rule, labels).ToUpperInvariant()); break;
            case RelabelAction.LabelDrop: Remove(labels, name => rule.Pattern.IsMatch(name)); break;
            case RelabelAction.LabelKeep: Remove(labels, name => !rule.Pattern.IsMatch(name)); break;
            default: MapNames(rule, labels); break;
        }
        return true;
    }

    private static void Replace(RelabelRule rule, Dictionary<string, string> labels)
    {
        var match = rule.Pattern.Match(SourceOf(rule, labels));
        if (!match.Success)
            return;
        var target = match.Result(rule.TargetLabel);
        if (target.Length > 0)
            Set(labels, target, match.Result(rule.Replacement));
    }

    private static void MapNames(RelabelRule rule, Dictionary<string, string> labels)
    {
        foreach (var (name, value) in labels.ToArray())
        {
            if (rule.Pattern.Match(name) is { Success: true } match)
                Set(labels, match.Result(rule.Replacement), value);
        }
    }

    private static string SourceOf(RelabelRule rule, Dictionary<string, string> labels) =>
        rule.SourceLabels.Count == 1
            ? labels.GetValueOrDefault(rule.SourceLabels[0], "")
            : string.Join(rule.Separator, rule.SourceLabels.Select(name => labels.GetValueOrDefault(name, "")));

    private static void Set(Dictionary<string, string> labels, string name, string value)
    {
        if (value.Length == 0)
            labels.Remove(name);
        else
            labels[name] = value;
    }

    private static void Remove(Dictionary<string, string> labels, Func<string, bool> isRemoved)
    {
        foreach (var name in labels.Keys.Where(isRemoved).ToArray())
            labels.Remove(name);
    }

    // The low half of the MD5, as Prometheus has it, so that its shards and ours are the same.
    private static string HashMod(string source, ulong modulus)
    {
        Span<byte> hash = stackalloc byte[MD5.HashSizeInBytes];
#pragma warning disable CA5351 // Not for security: a shard's number.
        MD5.HashData(Encoding.UTF8.GetBytes(source), hash);
#pragma warning restore CA5351
        return (BinaryPrimitives.ReadUInt64BigEndian(hash[8..]) % modulus).ToString(CultureInfo.InvariantCulture);
    }
}
