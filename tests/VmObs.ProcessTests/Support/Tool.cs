namespace VmObs.ProcessTests.Support;

/// <summary>Finds programs that tests hold the engine against.</summary>
internal static class Tool
{
    /// <summary>The program's path, in PATH or where ./test unpacks packages. Without it the test is skipped and says what is missing.</summary>
    public static string Path(string command, string package)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        var path = folders.Append(System.IO.Path.Combine(Programs.RepositoryRoot, "artifacts", "peers", "usr", "bin"))
            .Select(folder => System.IO.Path.Combine(folder, command)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(path is null, $"{command} is not installed (Debian package {package}); ./test gets it");
        return path!;
    }
}
