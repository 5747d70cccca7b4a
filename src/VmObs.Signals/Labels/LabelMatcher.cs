using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using VmObs.Signals.Texts;

namespace VmObs.Signals.Labels;

/// <summary>A condition on one label of a series, as Prometheus has it: <c>instance=~"node-1.*"</c>.</summary>
/// <remarks>Immutable, thread-safe. A label that a series has not is empty to a matcher. A regular expression is one of RE2's, must fit the whole
/// value, is matched in time linear to the value's length, and <c>.</c> matches every character.</remarks>
public sealed class LabelMatcher
{
    private static readonly SearchValues<char> s_special = SearchValues.Create(@"\.+*?()[]{}^$");

    private const int StackChars = 256;

    private readonly byte[] _name;
    // What the value must be one of; null where that is not known.
    private readonly byte[][]? _values;
    private readonly byte[] _prefix = [];
    private readonly Regex? _regex;

    private LabelMatcher(string name, MatchOperator matchOperator, string value, byte[][]? values, byte[] prefix, Regex? regex)
    {
        (Name, Operator, Value) = (name, matchOperator, value);
        _name = Encoding.UTF8.GetBytes(name);
        (_values, _prefix, _regex) = (values, prefix, regex);
    }

    /// <summary>The label's name; a metric's name is the label <c>__name__</c>.</summary>
    public string Name { get; }

    /// <summary>How its value is compared.</summary>
    public MatchOperator Operator { get; }

    /// <summary>With what: a text, or a regular expression.</summary>
    public string Value { get; }

    /// <summary>The label's name in UTF-8.</summary>
    public ReadOnlySpan<byte> NameUtf8 => _name;

    /// <summary>The texts of which the label must be one, where the matcher says so by itself: for who looks series up by them.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Values => IsNegative || _values is null ? null : Array.ConvertAll(_values, value => (ReadOnlyMemory<byte>)value);

    /// <summary>What every value that fits begins with; empty where nothing is known.</summary>
    public ReadOnlySpan<byte> Prefix => IsNegative ? default : _prefix;

    private bool IsNegative => Operator is MatchOperator.NotEqual or MatchOperator.NotMatches;

    /// <summary>A label that must have a value; an empty one: that must be absent.</summary>
    public static LabelMatcher Equal(string name, string value) => new(name, MatchOperator.Equal, value, [Encoding.UTF8.GetBytes(value)], Encoding.UTF8.GetBytes(value), null);

    /// <summary>Makes a matcher.</summary>
    /// <param name="name">The label's name.</param>
    /// <param name="matchOperator">How to compare.</param>
    /// <param name="value">A text or a regular expression.</param>
    /// <param name="matcher">The matcher.</param>
    /// <returns>Null; or what is wrong with the regular expression.</returns>
    public static string? TryCreate(string name, MatchOperator matchOperator, string value, out LabelMatcher matcher)
    {
        matcher = Equal(name, value);
        if (matchOperator is MatchOperator.Equal or MatchOperator.NotEqual)
        {
            matcher = new LabelMatcher(name, matchOperator, value, matcher._values, matcher._prefix, null);
            return null;
        }
        if (!value.AsSpan().ContainsAny(s_special))
        {
            matcher = OneOf(name, matchOperator, value, value.Split('|'));
            return null;
        }
        // First by itself: "a)(b" would be something else in a group.
        if (!Re2.TryTranslate(value, out _, out var wrong) || !Re2.TryTranslate($"^(?s:{value})$", out var regex, out wrong))
            return wrong;
        matcher = new LabelMatcher(name, matchOperator, value, null, Encoding.UTF8.GetBytes(PrefixOf(value)), regex);
        return null;
    }

    /// <summary>A label that must have one of some values.</summary>
    public static LabelMatcher OneOf(string name, IReadOnlyCollection<string> values) => OneOf(name, MatchOperator.Matches, string.Join('|', values), values);

    /// <summary>Whether a series has what all matchers want.</summary>
    /// <param name="matchers">The matchers.</param>
    /// <param name="key">The series' canonical labels.</param>
    public static bool AllMatch(IReadOnlyList<LabelMatcher> matchers, ReadOnlySpan<byte> key)
    {
        for (var i = 0; i < matchers.Count; i++)
        {
            if (!matchers[i].Matches(LabelKey.ValueOf(key, matchers[i]._name)))
                return false;
        }
        return true;
    }

    /// <summary>Whether a value fits; an empty one stands for an absent label.</summary>
    /// <param name="value">UTF-8.</param>
    public bool Matches(ReadOnlySpan<byte> value) => Fits(value) != IsNegative;

    /// <summary>As it is written in a selector.</summary>
    public override string ToString() => $"{Name}{Operator.Text()}\"{Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static LabelMatcher OneOf(string name, MatchOperator matchOperator, string value, IReadOnlyCollection<string> values)
    {
        var texts = values.Select(Encoding.UTF8.GetBytes).ToArray();
        return new LabelMatcher(name, matchOperator, value, texts, texts.Length == 1 ? texts[0] : [], null);
    }

    /// <summary>What every text that fits a regular expression begins with.</summary>
    private static string PrefixOf(string pattern)
    {
        var end = pattern.AsSpan().IndexOfAny(s_special);
        if (pattern.Contains('|', StringComparison.Ordinal))
            return "";
        // The last sign before a repetition may be there no time, and half a pair of surrogates is no text.
        if (end > 0 && pattern[end] is '*' or '?' or '{')
            end -= end > 1 && char.IsLowSurrogate(pattern[end - 1]) ? 2 : 1;
        return pattern[..Math.Max(0, end)];
    }

    private bool Fits(ReadOnlySpan<byte> value)
    {
        if (_values is not null)
        {
            foreach (var text in _values)
            {
                if (value.SequenceEqual(text))
                    return true;
            }
            return false;
        }
        if (!value.StartsWith(_prefix))
            return false;
        var rented = value.Length > StackChars ? ArrayPool<char>.Shared.Rent(value.Length) : null;
        var chars = rented ?? stackalloc char[StackChars];
        var fits = _regex!.IsMatch(chars[..Encoding.UTF8.GetChars(value, chars)]);
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented);
        return fits;
    }
}
