using System.Text.RegularExpressions;

namespace VmObs.Tests.Architecture;

/// <summary>Rules about source files that a look at the text can check.</summary>
internal static partial class HouseRules
{
    private const int MaxLines = 600;

    public static IEnumerable<string> Check(string path, string text)
    {
        var name = Path.GetFileNameWithoutExtension(path);
        if (text.Count(c => c == '\n') > MaxLines)
            yield return $"{path}: over {MaxLines} lines";
        if (Banned().Match(text) is { Success: true } banned)
            yield return $"{path}: \"{banned.Value}\"";
        if (UnsafeCode().IsMatch(text) && !name.EndsWith(".Unsafe", StringComparison.Ordinal))
            yield return $"{path}: unsafe code outside *.Unsafe.cs";
        if (Vague().IsMatch(name))
            yield return $"{path}: a name that does not say what it is";
    }

    [GeneratedRegex(@"#region|\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException")]
    private static partial Regex Banned();

    [GeneratedRegex(@"\bunsafe\b(?! extern)")]
    private static partial Regex UnsafeCode();

    [GeneratedRegex("(Manager|Helper|Helpers|Utils|Common|Base|Impl|Info)$")]
    private static partial Regex Vague();
}
