namespace VmObs.Tests.Architecture;

public sealed class SourceRulesTests
{
    private const string Later = "TO" + "DO";
    private const string FiveLines = "\n\n\n\n\n";
    private const string Lines = FiveLines + FiveLines + FiveLines + FiveLines + FiveLines;

    public static TheoryData<string> Rules => [.. SourceRules.All.Keys];

    [Theory]
    [MemberData(nameof(Rules))]
    public void Every_file_keeps_the_rule(string rule)
    {
        var findings = Repository.AllFiles.SelectMany(SourceRules.All[rule]).ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    [Fact]
    public void The_repository_is_read() => Assert.Contains(Repository.AllFiles, file => file.Name == $"{nameof(SourceRulesTests)}.cs");

    [Theory]
    [InlineData(nameof(SourceRules.NamespaceIsTheFolder), "A/One.cs", "namespace P.B; class One;")]
    [InlineData(nameof(SourceRules.NamespaceIsTheFolder), "A/One.cs", "namespace P.A { class One; }")]
    [InlineData(nameof(SourceRules.FileIsNamedAsItsType), "One.cs", "namespace P; record Three; class Two;")]
    [InlineData(nameof(SourceRules.FileIsNamedAsItsType), "One.cs", "namespace P; class One;\nclass Two {" + Lines + "}")]
    [InlineData(nameof(SourceRules.FileIsNamedAsItsType), "One.cs", "namespace P; class One;\nsealed record Two(int X) { int Y() => 1;" + Lines + "}")]
    [InlineData(nameof(SourceRules.InterfacesAreSmall), "I.cs", "namespace P; interface I { void A(); int B(int x); T C<T>(); (int, int) D(); bool E() => true; }")]
    [InlineData(nameof(SourceRules.NamesSayWhatTheyAre), "DiskManager.cs", "namespace P; class DiskManager;")]
    [InlineData(nameof(SourceRules.NoRegions), "One.cs", "namespace P;\n  #region x\nclass One;\n#endregion")]
    [InlineData(nameof(SourceRules.NothingLeftForLater), "One.cs", "namespace P; class One; // " + Later + ": the rest")]
    [InlineData(nameof(SourceRules.UnsafeIsInItsOwnFiles), "One.cs", "namespace P; unsafe class One;")]
    [InlineData(nameof(SourceRules.ClocksCanBeTurned), "One.cs", "namespace P; class One { object X = System.DateTimeOffset.UtcNow; }")]
    [InlineData(nameof(SourceRules.ClocksCanBeTurned), "One.cs", "namespace P; class One { object X = $\"at {DateTime.Now:O}\"; }")]
    [InlineData(nameof(SourceRules.LedgerDoesNoInputOrOutput), "One.cs", "namespace P; class One { void X() => File.Delete(\"\"); }", "VmObs.Ledger")]
    public void A_breach_is_found_once(string rule, string path, string text, string project = "P") =>
        Assert.Single(SourceRules.All[rule](File(path, text, project)));

    [Theory]
    [InlineData("A/One.cs", "namespace P.A;\nclass One<T> where T : class { }\nenum OneKind { A }\nrecord Two(int X) {" + Lines + "}\nreadonly record struct Three(int Y);\nclass Four\n{\n}\n")]
    [InlineData("Model.cs", "namespace P; record One(int X); enum Two { A } delegate bool Three<T>(T x);")]
    [InlineData("One.Unsafe.cs", "namespace P; unsafe partial class One;")]
    [InlineData("Level.cs", "namespace P; enum Level { Low }\nstatic class Levels {" + Lines + "}")]
    [InlineData("Program.cs", "using P.A;\nusing var x = new One();\nwhile (true) { break; }\nreturn 0;")]
    [InlineData("One.cs", "namespace P; class One { string X = \"unsafe #region DateTime.UtcNow class Two\"; } // unsafe class Two")]
    [InlineData("I.cs", "namespace P; interface I { void A(); void B(); void C(); void D(); int E { get; } (int, int) F { get; } event Action G; }")]
    public void What_keeps_the_rules_is_not_found(string path, string text) =>
        Assert.Empty(SourceRules.All.Values.SelectMany(rule => rule(File(path, text, "P"))));

    [Theory]
    [InlineData(SourceRules.MaxMethodLines, 0)]
    [InlineData(SourceRules.MaxMethodLines + 1, 1)]
    public void A_method_is_measured_from_its_first_line_to_its_last(int lines, int findings)
    {
        var body = string.Concat(Enumerable.Repeat("        x();\n", lines - 3));
        var file = File("One.cs", $"namespace P;\nclass One\n{{\n    int[] _f = [1];\n\n    void Long(Action x)\n    {{\n{body}    }}\n\n    void Short() {{ }}\n}}\n", "P");
        Assert.Equal(findings, SourceRules.MethodsAreShort(file).Count());
    }

    [Theory]
    [InlineData(SourceRules.MaxFileLines, 0)]
    [InlineData(SourceRules.MaxFileLines + 1, 1)]
    public void A_file_is_measured_in_lines(int lines, int findings) =>
        Assert.Equal(findings, SourceRules.FileIsShort(File("One.cs", new string('\n', lines), "P")).Count());

    private static SourceFile File(string path, string text, string project) =>
        new(project, Path.GetDirectoryName(path)!, Path.GetFileName(path), text);
}
