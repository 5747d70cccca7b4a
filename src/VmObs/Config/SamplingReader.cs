using System.Globalization;
using System.Text;
using VmObs.Signals.Filters;
using VmObs.Storage.Embedded.Sampling;

namespace VmObs.Config;

/// <summary>Reads "sampling_rules" (SPEC 6.3).</summary>
internal static class SamplingReader
{
    // A receipt holds all rules.
    private const int MaxConditionBytes = 512;

    /// <summary>SPEC 6.3's rules: all failed, slow and sensitive traces, and a tenth of the others.</summary>
    public static IReadOnlyList<SamplingRule> Default { get; } =
    [
        Rule("always_sample_errors", "status == 'error' OR level >= 'error'", 1.0),
        Rule("always_sample_slow", "duration_ms > 5000", 1.0),
        Rule("always_sample_sensitive", "service IN ['treasury', 'identity', 'offsec']", 1.0),
        Rule("default_traces", "true", 0.1),
    ];

    /// <summary>Reads the rules; without the key SPEC 6.3's stand, and an empty list keeps everything.</summary>
    public static IReadOnlyList<SamplingRule> Read(YamlSection root)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var rules = root.Sections("sampling_rules", section => ReadRule(section, names), Default);
        if (rules.Count > SamplingRules.MaxRules)
            root.Report("sampling_rules", $"{rules.Count} rules", $"at most {SamplingRules.MaxRules}");
        return [.. rules.OfType<SamplingRule>()];
    }

    private static SamplingRule? ReadRule(YamlSection section, HashSet<string> names)
    {
        var name = section.Required("name", $"a name of its own such as default_traces, at most {SamplingRule.MaxNameBytes} letters, digits, _ . -", text => IsName(text) && names.Add(text));
        section.Require("condition", "a condition such as duration_ms > 5000");
        var condition = section.Verbatim("condition", $"a condition of one line, at most {MaxConditionBytes} bytes", IsCondition);
        section.Require("rate", "the share that is kept, 0 to 1");
        var rate = section.Text("rate", null, "the share that is kept, 0 to 1", text => TryReadRate(text, out _));
        if (condition is null || rate is null)
            return null;
        if (!Filter.TryParse(condition, out var filter, out var error))
        {
            section.Report("condition", $"\"{condition}\"", $"a condition (docs/ask/filters.md): {error}");
            return null;
        }
        TryReadRate(rate, out var share);
        return new SamplingRule(name, condition, filter, share);
    }

    private static SamplingRule Rule(string name, string condition, double rate) =>
        Filter.TryParse(condition, out var filter, out var error)
            ? new SamplingRule(name, condition, filter, rate)
            : throw new InvalidOperationException($"BUG: the default rule {name} cannot be read: {error}");

    private static bool IsName(string text) =>
        text.Length is > 0 and <= SamplingRule.MaxNameBytes && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    private static bool IsCondition(string text) => text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= MaxConditionBytes && !text.Any(char.IsControl);

    private static bool TryReadRate(string text, out double rate) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out rate) && rate is >= 0 and <= 1;
}
