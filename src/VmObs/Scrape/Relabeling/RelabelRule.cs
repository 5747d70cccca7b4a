using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using VmObs.Signals.Texts;

namespace VmObs.Scrape.Relabeling;

/// <summary>What a relabelling rule does.</summary>
internal enum RelabelAction
{
    Replace,
    Keep,
    Drop,
    KeepEqual,
    DropEqual,
    HashMod,
    LabelMap,
    LabelDrop,
    LabelKeep,
    Lowercase,
    Uppercase,
}

/// <summary>One rule of relabel_configs or metric_relabel_configs.</summary>
/// <remarks>https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config</remarks>
/// <param name="Action">What it does.</param>
/// <param name="SourceLabels">Labels whose values, joined by the separator, are looked at.</param>
/// <param name="Separator">Between them.</param>
/// <param name="Pattern">What they must match, anchored at both ends.</param>
/// <param name="TargetLabel">The label that is set; may name groups of the pattern for <see cref="RelabelAction.Replace"/>.</param>
/// <param name="Replacement">What it is set to, or what a name becomes.</param>
/// <param name="Modulus">For <see cref="RelabelAction.HashMod"/>.</param>
internal sealed record RelabelRule(RelabelAction Action, IReadOnlyList<string> SourceLabels, string Separator, Regex Pattern, string TargetLabel, string Replacement, ulong Modulus)
{
    /// <summary>A text with groups as Prometheus writes it, $name and ${name}, in the form that .NET knows: a group that the pattern
    /// does not have is nothing, and any other $ is itself.</summary>
    public static string Template(string text, Regex pattern)
    {
        var groups = pattern.GetGroupNames();
        return Regex.Replace(text, @"\$(?:\$|(\w+)|\{(\w+)\})?", match =>
        {
            var name = match.Groups[1].Value + match.Groups[2].Value;
            if (name.Length == 0)
                return "$$";
            // Re2 puts a sign before names, which .NET would else take for numbers.
            var group = char.IsAsciiDigit(name[0]) ? name : "_" + name;
            return groups.Contains(group) ? $"${{{group}}}" : "";
        });
    }

    /// <summary>A pattern as Prometheus anchors it: it must match the whole of a text, and "." any of it.</summary>
    public static bool TryAnchor(string pattern, [NotNullWhen(true)] out Regex? regex) => Re2.TryTranslate($"^(?s:{pattern})$", out regex, out _);
}
