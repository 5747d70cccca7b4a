using System.Text.RegularExpressions;

namespace VmObs.Tests.Architecture;

/// <summary>The rules of style that a file's words are enough to check. Each returns findings as "path:line: what, wanted".</summary>
internal static partial class SourceRules
{
    public const int MaxFileLines = 600;
    public const int MaxMethodLines = 100;
    public const int MaxLinesBeside = 25;
    public const int MaxInterfaceMethods = 4;

    public static readonly IReadOnlyDictionary<string, Func<SourceFile, IEnumerable<string>>> All =
        new Dictionary<string, Func<SourceFile, IEnumerable<string>>>
        {
            [nameof(NamespaceIsTheFolder)] = NamespaceIsTheFolder,
            [nameof(FileIsNamedAsItsType)] = FileIsNamedAsItsType,
            [nameof(FileIsShort)] = FileIsShort,
            [nameof(MethodsAreShort)] = MethodsAreShort,
            [nameof(InterfacesAreSmall)] = InterfacesAreSmall,
            [nameof(NamesSayWhatTheyAre)] = NamesSayWhatTheyAre,
            [nameof(NoRegions)] = NoRegions,
            [nameof(NothingLeftForLater)] = NothingLeftForLater,
            [nameof(UnsafeIsInItsOwnFiles)] = UnsafeIsInItsOwnFiles,
            [nameof(ClocksCanBeTurned)] = ClocksCanBeTurned,
            [nameof(LedgerDoesNoInputOrOutput)] = LedgerDoesNoInputOrOutput,
        };

    public static IEnumerable<string> NamespaceIsTheFolder(SourceFile file)
    {
        var outline = file.Outline;
        if (outline.HasBlockNamespace)
            yield return At(file, 1, "has a namespace in braces, wanted a file-scoped one");
        if (outline.Types.Count > 0 && outline.Namespace != file.ExpectedNamespace)
            yield return At(file, 1, $"is in namespace {outline.Namespace}, wanted its folder's: {file.ExpectedNamespace}");
    }

    // Beside its type a file may hold shapes (enums, delegates, records without methods), what is too small for a file of its own, and
    // what an enum would hold as methods if it could: Levels beside Level.
    public static IEnumerable<string> FileIsNamedAsItsType(SourceFile file)
    {
        var types = file.Outline.Types;
        var name = file.Name[..file.Name.IndexOf('.', StringComparison.Ordinal)];
        if (types.All(type => type.IsShape))
            yield break;
        if (types.All(type => type.Name != name))
            yield return At(file, types[0].Line, $"declares {types[0].Name}, wanted a type named as the file: {name}");
        else
            foreach (var type in types.Where(type => type.Name != name && !type.IsShape && type.Lines > MaxLinesBeside && !IsMethodsOfEnum(type)))
                yield return At(file, type.Line, $"declares {type.Kind} {type.Name} of {type.Lines} lines beside {name}, wanted it in a file of its own");

        bool IsMethodsOfEnum(DeclaredType type) => type.Name == name + "s" && types.Exists(main => main.Name == name && main.Kind == "enum");
    }

    public static IEnumerable<string> FileIsShort(SourceFile file)
    {
        var lines = file.Text.AsSpan().Count('\n');
        if (lines > MaxFileLines)
            yield return At(file, 1, $"has {lines} lines, wanted at most {MaxFileLines}");
    }

    public static IEnumerable<string> MethodsAreShort(SourceFile file) =>
        from type in file.Outline.Types
        where type.LongestMethod.Lines > MaxMethodLines
        select At(file, type.LongestMethod.Line, $"has a method of {type.LongestMethod.Lines} lines, wanted at most {MaxMethodLines}");

    public static IEnumerable<string> InterfacesAreSmall(SourceFile file) =>
        from type in file.Outline.Types
        where type.Kind == "interface" && type.Methods > MaxInterfaceMethods
        select At(file, type.Line, $"has {type.Methods} methods in {type.Name}, wanted at most {MaxInterfaceMethods}");

    public static IEnumerable<string> NamesSayWhatTheyAre(SourceFile file) =>
        from type in file.Outline.Types
        where EmptyName().IsMatch(type.Name)
        select At(file, type.Line, $"declares {type.Name}, wanted a name that says what it does");

    public static IEnumerable<string> NoRegions(SourceFile file) => Words(file, "#region", "wanted smaller files");

    public static IEnumerable<string> NothingLeftForLater(SourceFile file) =>
        from line in file.Text.Split('\n').Select((text, index) => (text, number: index + 1))
        let left = Later().Match(line.text)
        where left.Success
        select At(file, line.number, $"has {left.Value}, wanted the thing itself or an error that says it is missing");

    public static IEnumerable<string> UnsafeIsInItsOwnFiles(SourceFile file) =>
        file.Name.EndsWith(".Unsafe.cs", StringComparison.Ordinal) ? [] : Words(file, "unsafe", "wanted it in a *.Unsafe.cs");

    public static IEnumerable<string> ClocksCanBeTurned(SourceFile file)
    {
        var tokens = file.Outline.Tokens;
        for (var i = 0; i + 2 < tokens.Count; i++)
            if (tokens[i].Text is "DateTime" or "DateTimeOffset" && tokens[i + 1].Text == "." && tokens[i + 2].Text is "Now" or "UtcNow" or "Today")
                yield return At(file, tokens[i].Line, $"reads {tokens[i].Text}.{tokens[i + 2].Text}, wanted a TimeProvider");
    }

    public static IEnumerable<string> LedgerDoesNoInputOrOutput(SourceFile file) =>
        file.Project != "VmObs.Ledger"
            ? []
            : from word in new[] { "File", "Directory", "FileStream", "FileInfo", "DirectoryInfo", "RandomAccess", "HttpClient", "Socket", "Process", "Console" }
              from finding in Words(file, word, "wanted the caller to read and write")
              select finding;

    private static IEnumerable<string> Words(SourceFile file, string word, string wanted) =>
        from token in file.Outline.Tokens
        where token.Text == word
        select At(file, token.Line, $"uses {word}, {wanted}");

    private static string At(SourceFile file, int line, string finding) => $"{file.Project}/{file.Path}:{line}: {finding}";

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Common|Base|Impl|Data|Info)$")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"\b(TO[D]O|FIXM[E]|HAC[K]|NotImplementedExceptio[n])\b")]
    private static partial Regex Later();
}
