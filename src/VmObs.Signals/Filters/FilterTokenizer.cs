using System.Globalization;
using System.Text;
using VmObs.Signals.Texts;

namespace VmObs.Signals.Filters;

/// <summary>Cuts a filter into tokens: <c>log_counts.error &gt; 0 AND service IN ['treasury']</c>.</summary>
internal static class FilterTokenizer
{
    private static readonly string[] s_comparisons = ["==", "!=", "<=", ">=", "=~", "!~", "&&", "||", "=", "<", ">", "!"];

    /// <summary>The token at a place, or after the white space there.</summary>
    public static FilterToken Read(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        if (at == text.Length)
            return new FilterToken(FilterTokenKind.End, at, 0);
        var first = text[at];
        if (first is '\'' or '"')
            return ReadText(text, at);
        if (first == '`')
            return ReadQuotedWord(text, at);
        if (char.IsAsciiDigit(first) || (first == '-' && at + 1 < text.Length && (char.IsAsciiDigit(text[at + 1]) || text[at + 1] == '.')))
            return ReadNumber(text, at);
        if (IsWord(first))
            return ReadWord(text, at);
        foreach (var comparison in s_comparisons)
        {
            if (string.CompareOrdinal(text, at, comparison, 0, comparison.Length) == 0)
                return new FilterToken(FilterTokenKind.Comparison, at, comparison.Length, comparison);
        }
        var kind = first switch
        {
            '.' => FilterTokenKind.Dot,
            ',' => FilterTokenKind.Comma,
            '(' => FilterTokenKind.Open,
            ')' => FilterTokenKind.Close,
            '[' => FilterTokenKind.OpenList,
            ']' => FilterTokenKind.CloseList,
            _ => FilterTokenKind.Other,
        };
        return new FilterToken(kind, at, 1, first.ToString());
    }

    private static bool IsWord(char c) => char.IsLetter(c) || c is '_' or '@';

    // Keys of labels and attributes: app.kubernetes.io/name, k8s-app, exception:type.
    private static bool IsInWord(char c) => IsWord(c) || char.IsAsciiDigit(c) || c is '-' or '/' or ':';

    private static FilterToken ReadWord(string text, int start)
    {
        var end = start + 1;
        while (end < text.Length && IsInWord(text[end]))
            end++;
        return new FilterToken(FilterTokenKind.Word, start, end - start, text[start..end]);
    }

    private static FilterToken ReadQuotedWord(string text, int start)
    {
        var end = text.IndexOf('`', start + 1);
        return end > start + 1
            ? new FilterToken(FilterTokenKind.QuotedWord, start, end + 1 - start, text[(start + 1)..end])
            : new FilterToken(FilterTokenKind.Other, start, 1, "`");
    }

    // A backslash that escapes nothing stands for itself, so that patterns need no second one: '\d+' and '\\d+' are the same.
    private static FilterToken ReadText(string text, int start)
    {
        var unescaped = new StringBuilder();
        for (var at = start + 1; at < text.Length; at++)
        {
            if (text[at] == text[start])
                return new FilterToken(FilterTokenKind.Text, start, at + 1 - start, unescaped.ToString());
            if (text[at] == '\\' && at + 1 < text.Length && text[at + 1] is '\\' or '\'' or '"' or 'n' or 't' or 'r')
                unescaped.Append(text[++at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var c => c });
            else
                unescaped.Append(text[at]);
        }
        return new FilterToken(FilterTokenKind.Other, start, text.Length - start, text[start..]);
    }

    private static FilterToken ReadNumber(string text, int start)
    {
        var end = start + 1;
        // A sign belongs to an exponent: 1e-9.
        while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '.' || (text[end] is '+' or '-' && text[end - 1] is 'e' or 'E')))
            end++;
        var token = text[start..end];
        if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
            return new FilterToken(FilterTokenKind.Number, start, end - start, token, number);
        if (DurationText.TryParse(token, out var nanos))
            return new FilterToken(FilterTokenKind.Duration, start, end - start, token, nanos);
        return SizeText.TryParse(token, out var bytes)
            ? new FilterToken(FilterTokenKind.Size, start, end - start, token, bytes)
            : new FilterToken(FilterTokenKind.Other, start, end - start, token);
    }
}
