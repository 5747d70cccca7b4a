namespace VmObs.ProcessTests.Support;

/// <summary>The built programs, which lie beside these tests in the build's output; the engine's is the one that VM_OBS_TEST_PROGRAM names, where it does.</summary>
internal static class Programs
{
    public static string VmObs { get; } = Environment.GetEnvironmentVariable("VM_OBS_TEST_PROGRAM") is { Length: > 0 } named ? named : Find("VmObs", "vm-obs.dll");

    public static string VmObsVerify { get; } = Find("VmObs.Verify", "vm-obs-verify.dll");

    /// <summary>The repository that the tests were built from.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    // …/bin/VmObs.ProcessTests/release/ → …/bin/VmObs/release/vm-obs.dll
    private static string Find(string project, string file)
    {
        var here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        var path = Path.GetFullPath(Path.Combine(here, "..", "..", project, Path.GetFileName(here), file));
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is not built: build the solution first", path);
    }

    private static string FindRoot()
    {
        for (var at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
            if (File.Exists(Path.Combine(at, "vm-obs.slnx")))
                return at;
        throw new DirectoryNotFoundException($"the tests run outside their repository: no vm-obs.slnx above {AppContext.BaseDirectory}");
    }
}
