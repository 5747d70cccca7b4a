namespace VmObs.Tests.Architecture;

/// <summary>The sources that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>Project files below src, by project name.</summary>
    public static IReadOnlyDictionary<string, string> ProductProjects { get; } = ProjectsBelow("src");

    public static IReadOnlyList<SourceFile> ProductFiles { get; } = FilesOf(ProductProjects);

    public static IReadOnlyList<SourceFile> AllFiles { get; } = [.. ProductFiles, .. FilesOf(ProjectsBelow("tests")), .. FilesOf(ProjectsBelow("bench"))];

    private static string FindRoot(string folder)
    {
        for (var at = folder; at is not null; at = Path.GetDirectoryName(at))
            if (File.Exists(Path.Combine(at, "vm-obs.slnx")))
                return at;
        throw new DirectoryNotFoundException($"the tests run outside their repository: no vm-obs.slnx above {folder}");
    }

    private static Dictionary<string, string> ProjectsBelow(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), "*.csproj", SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetFileNameWithoutExtension(path)!);

    private static IReadOnlyList<SourceFile> FilesOf(IReadOnlyDictionary<string, string> projects) =>
    [
        .. from project in projects
           let folder = Path.GetDirectoryName(project.Value)!
           from path in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
           let relative = Path.GetRelativePath(folder, path).Replace('\\', '/')
           select new SourceFile(project.Key, Path.GetDirectoryName(relative)!.Replace('\\', '/'), Path.GetFileName(path), File.ReadAllText(path)),
    ];
}
