using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Clients;

/// <summary>The scripts in Clients/node beside the packages they use, which npm installs from the committed lock file.</summary>
internal static class NodePrograms
{
    private const string Lock = "package-lock.json";
    private static readonly string s_sources = Path.Combine(Programs.RepositoryRoot, "tests", "VmObs.ProcessTests", "Clients", "node");
    private static readonly string s_installed = Path.Combine(Programs.RepositoryRoot, "artifacts", "node");

    /// <summary>The program node; without it the test is skipped.</summary>
    public static string Node => Tool.Path("node", "nodejs");

    /// <summary>Runs a script to its end, which has to be a good one.</summary>
    public static async Task<ProgramRun> RunAsync(string script, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null) =>
        (await ProgramRun.OfAsync(Node, [await InstallAsync(script), .. arguments], environment)).Succeeded();

    /// <summary>Puts a script beside its packages, which are installed first where the lock file asks for others than are there.</summary>
    /// <returns>The script's path.</returns>
    public static async Task<string> InstallAsync(string script)
    {
        var npm = Tool.Path("npm", "npm");
        Directory.CreateDirectory(s_installed);
        // Written last: an installation that was broken off is begun anew.
        var done = Path.Combine(s_installed, "installed.json");
        var wanted = await File.ReadAllTextAsync(Path.Combine(s_sources, Lock));
        if (!File.Exists(done) || await File.ReadAllTextAsync(done) != wanted)
        {
            foreach (var file in new[] { "package.json", Lock })
                File.Copy(Path.Combine(s_sources, file), Path.Combine(s_installed, file), overwrite: true);
            (await ProgramRun.OfAsync(npm, ["ci", "--prefix", s_installed, "--ignore-scripts", "--no-audit", "--no-fund"])).Succeeded();
            await File.WriteAllTextAsync(done, wanted);
        }
        var path = Path.Combine(s_installed, script);
        File.Copy(Path.Combine(s_sources, script), path, overwrite: true);
        return path;
    }
}
