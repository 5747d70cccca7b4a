using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace VmObs.Signals.Texts;

/// <summary>Regular expressions in RE2's syntax, which this field's query languages use, matched in time linear in the text.</summary>
/// <remarks>
/// .NET's own syntax reads many of them with another meaning: <c>\d</c> and <c>\w</c> are Unicode's, <c>$</c> also stands before a last newline,
/// <c>[[:alpha:]]</c> is a class of seven signs. What RE2 does not have (back references, look-around) is refused.
/// Syntax: https://github.com/google/re2/wiki/Syntax.
/// </remarks>
public static class Re2
{
    /// <summary>The longest pattern, UTF-16 units.</summary>
    public const int MaxLength = 4096;

    /// <summary>Reads a pattern.</summary>
    /// <param name="pattern">The pattern; found anywhere in a text unless it says otherwise.</param>
    /// <param name="regex">The expression; null when it cannot be read.</param>
    /// <param name="wrong">What is wrong with the pattern; null when it was read.</param>
    public static bool TryTranslate(string pattern, [NotNullWhen(true)] out Regex? regex, [NotNullWhen(false)] out string? wrong)
    {
        regex = null;
        if (pattern.Length > MaxLength)
        {
            wrong = $"it has {pattern.Length} characters, at most {MaxLength} are read";
            return false;
        }
        var translation = new Re2Translation(pattern);
        if (translation.Run() is not { } translated)
        {
            wrong = translation.Wrong!;
            return false;
        }
        try
        {
            regex = new Regex(translated, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            wrong = null;
            return true;
        }
        catch (RegexParseException error)
        {
            wrong = $"{error.Error}";
        }
        catch (NotSupportedException)
        {
            wrong = "its automaton would be too large; repeat less ({n,m})";
        }
        return false;
    }
}
