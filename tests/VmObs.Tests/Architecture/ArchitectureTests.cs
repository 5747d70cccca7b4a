using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace VmObs.Tests.Architecture;

public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> s_allowed = new()
    {
        ["VmObs.Ledger"] = [],
        ["VmObs.Signals"] = [],
        ["VmObs.Storage"] = ["VmObs.Ledger", "VmObs.Signals"],
        ["VmObs.Query"] = ["VmObs.Signals"],
        ["VmObs.Verify"] = ["VmObs.Ledger"],
        ["VmObs"] = ["VmObs.Ledger", "VmObs.Query", "VmObs.Signals", "VmObs.Storage"],
    };

    public static TheoryData<string> Projects => [.. s_allowed.Keys];

    [Fact]
    public void Every_project_is_known_here() =>
        Assert.Equal(s_allowed.Keys.Order(), Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")).Select(path => Path.GetFileName(path)!).Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_sees_only_what_lies_below_it(string project)
    {
        var file = XDocument.Load(Path.Combine(Repository.Root, "src", project, project + ".csproj"));
        var references = file.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)).Order();
        Assert.Equal(s_allowed[project], references);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_of_a_project_do_not_use_each_other_in_circles(string project)
    {
        var files = Repository.SourceFiles(Path.Combine("src", project)).Select(path => (path, Text: File.ReadAllText(path)))
            .Where(file => Namespace().IsMatch(file.Text)).Select(file => (Namespace().Match(file.Text).Groups[1].Value, WithoutComments(file.Text)));
        Assert.Null(new FolderGraph(project, files).Cycle());
    }

    [Fact]
    public void A_circle_would_be_seen()
    {
        var graph = new FolderGraph("VmObs.X", [("VmObs.X.A", "using VmObs.X.B;"), ("VmObs.X.B", "new VmObs.X.C.Thing()"), ("VmObs.X.C", "using VmObs.X.A;")]);
        Assert.Equal(["VmObs.X.A", "VmObs.X.B", "VmObs.X.C", "VmObs.X.A"], graph.Cycle()!);
        Assert.NotNull(new FolderGraph("VmObs.X", [("VmObs.X.A", "class Base { } new VmObs.X.A.B.Leaf()"), ("VmObs.X.A.B", "class Leaf : Base { }")]).Cycle());
        Assert.Null(new FolderGraph("VmObs.X", [("VmObs.X.A", "using VmObs.X.B;"), ("VmObs.X.B", "using VmObs.X;"), ("VmObs.X", "")]).Cycle());
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Files_keep_the_rules_of_the_house(string project)
    {
        var findings = Repository.SourceFiles(Path.Combine("src", project)).SelectMany(path => HouseRules.Check(path, File.ReadAllText(path)));
        Assert.Empty(findings);
    }

    [Theory]
    [InlineData("A.cs", "#region x")]
    [InlineData("A.cs", "// TODO later")]
    [InlineData("A.cs", "unsafe { }")]
    [InlineData("AManager.cs", "")]
    public void Broken_rules_would_be_seen(string name, string text) => Assert.NotEmpty(HouseRules.Check(name, text));

    private static string WithoutComments(string text) => Comments().Replace(text, "");

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex("//.*$", RegexOptions.Multiline)]
    private static partial Regex Comments();
}
