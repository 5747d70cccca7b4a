namespace VmObs.Tests.Architecture;

public sealed class FolderGraphTests
{
    public static TheoryData<string> Projects => [.. Repository.ProductProjects.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_of_a_project_do_not_need_each_other_in_circles(string project)
    {
        var cycles = FolderGraph.FindCycles(project, [.. Repository.ProductFiles.Where(file => file.Project == project)]);
        Assert.True(cycles.Count == 0, $"{project} has circles:\n{string.Join("\n\n", cycles)}");
    }

    [Fact]
    public void Siblings_that_import_each_other_are_a_circle() =>
        Assert.Equal(
            ["  A → B (A/One.cs:1 imports P.B)\n  B → A (B/Two.cs:3 uses P.A.One)"],
            Cycles(("A/One.cs", "using P.B;\nnamespace P.A;\nclass One;"), ("B/Two.cs", "namespace P.B;\nclass Two\n{ P.A.One One; }")));

    [Fact]
    public void A_circle_through_three_folders_is_found() =>
        Assert.Equal(
            ["  A → B (A/One.cs:1 uses B.Two)\n  B → C (B/Two.cs:1 uses C.Three)\n  C → A (C/Three.cs:1 uses A.One)"],
            Cycles(
                ("A/One.cs", "namespace P.A; class One { B.Two Next; }"),
                ("B/Two.cs", "namespace P.B; class Two { C.Three Next; }"),
                ("C/Three.cs", "namespace P.C; class Three { A.One Next; }")));

    [Fact]
    public void A_folder_that_uses_a_subfolder_built_on_it_is_a_circle() =>
        Assert.Equal(
            ["  A → A/Inner (A/One.cs:1 imports P.A.Inner)\n  A/Inner → A (A/Inner/Two.cs:1 uses Shared)"],
            Cycles(
                ("A/One.cs", "using P.A.Inner; namespace P.A; class One { Two Field; }"),
                ("A/Shared.cs", "namespace P.A; class Shared;"),
                ("A/Inner/Two.cs", "namespace P.A.Inner; class Two { Shared Field; }")));

    [Fact]
    public void A_circle_that_runs_through_two_files_of_the_root_is_found() =>
        Assert.Equal(
            ["  A → Shared.cs (A/One.cs:1 uses Shared)\n  Shared.cs → Root.cs (Shared.cs:1 uses Root)\n  Root.cs → A (Root.cs:1 uses A.One)"],
            Cycles(
                ("Root.cs", "namespace P; class Root { A.One Field; }"),
                ("Shared.cs", "namespace P; class Shared { Root Field; }"),
                ("A/One.cs", "namespace P.A; class One { Shared Field; }")));

    [Fact]
    public void The_root_may_hold_what_folders_share_and_what_puts_them_together() =>
        Assert.Empty(Cycles(
            ("Shared.cs", "namespace P; class Shared;"),
            ("Whole.cs", "using P.A; namespace P; class Whole { Two Two; Shared Shared; }"),
            ("A/Two.cs", "using P; namespace P.A; class Two { Shared Field; }")));

    [Fact]
    public void Files_of_one_folder_may_know_each_other() =>
        Assert.Empty(Cycles(
            ("A/One.cs", "namespace P.A; class One { Two Field; }"),
            ("A/Two.cs", "namespace P.A; class Two { One Field; }"),
            ("B/Three.cs", "namespace P.B; class Three { A.One Field; }")));

    [Fact]
    public void Names_in_comments_strings_and_members_are_no_mentions() =>
        Assert.Empty(Cycles(
            ("A/One.cs", "using P.B; namespace P.A; class One { Two Field; }"),
            ("B/Two.cs", "namespace P.B; /* P.A.One */ class Two { string S = \"P.A.One\"; int X => Y.One; } // P.A.One")));

    private static IReadOnlyList<string> Cycles(params (string Path, string Text)[] files) =>
        FolderGraph.FindCycles("P", [.. files.Select(file => new SourceFile("P", Path.GetDirectoryName(file.Path)!, Path.GetFileName(file.Path), file.Text))]);
}
