namespace VmObs.Tests.Architecture;

public sealed class ProjectDirectionTests
{
    [Fact]
    public void Projects_refer_only_in_the_agreed_direction() =>
        Assert.Empty(Repository.ProductProjects.SelectMany(project => ProjectDirection.Check(project.Key, File.ReadAllText(project.Value))));

    [Fact]
    public void Every_agreed_project_exists() =>
        Assert.Equal(ProjectDirection.Allowed.Keys.Order(StringComparer.Ordinal), Repository.ProductProjects.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("VmObs.Query", "../VmObs.Storage/VmObs.Storage.csproj", "VmObs.Query refers to VmObs.Storage, wanted at most: VmObs.Signals")]
    [InlineData("VmObs.Ledger", "..\\VmObs.Signals\\VmObs.Signals.csproj", "VmObs.Ledger refers to VmObs.Signals, wanted at most: nothing")]
    [InlineData("VmObs.New", "../VmObs/VmObs.csproj", "VmObs.New is not in the list of projects: say there what it may refer to")]
    public void A_reference_against_the_direction_is_found(string project, string include, string finding) =>
        Assert.Equal([finding], ProjectDirection.Check(project, $"<Project><ItemGroup><ProjectReference Include=\"{include}\" /></ItemGroup></Project>"));
}
