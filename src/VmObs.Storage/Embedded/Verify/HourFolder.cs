using VmObs.Ledger.Remains;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>The hour files that lie in a data folder, by their names; files that are not ours are passed over.</summary>
/// <param name="Sealed">Files under their final names, relative to the data folder.</param>
/// <param name="Open">Files that are still written.</param>
/// <param name="BeingSealed">Final names that have a manifest beside them: between their name and their receipt.</param>
/// <param name="Outboards">Final names that have an outboard beside them: a part of them expired.</param>
public sealed record HourFolder(IReadOnlyList<string> Sealed, IReadOnlyList<string> Open, IReadOnlySet<string> BeingSealed, IReadOnlyList<string> Outboards)
{
    /// <summary>Looks through a data folder.</summary>
    public static HourFolder Scan(string dataFolder)
    {
        var sealedFiles = new List<string>();
        var open = new List<string>();
        var beingSealed = new HashSet<string>(StringComparer.Ordinal);
        var outboards = new List<string>();
        var root = Path.Combine(dataFolder, "telemetry");
        IEnumerable<string> paths = Directory.Exists(root) ? Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories) : [];
        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            var relative = Path.GetRelativePath(dataFolder, path).Replace(Path.DirectorySeparatorChar, '/');
            if (HourFile.TryParse(relative) is not null)
                sealedFiles.Add(relative);
            else if (Without(relative, HourFile.OpenSuffix) is { } opened)
                open.Add(opened);
            else if (Without(relative, HourFile.ManifestSuffix) is { } named)
                beingSealed.Add(named);
            else if (Without(relative, RemainsHead.Suffix) is { } expired)
                outboards.Add(expired);
        }
        return new HourFolder(sealedFiles, open, beingSealed, outboards);
    }

    /// <summary>Whether a path, relative to the data folder, is one that a sealed file can have.</summary>
    public static bool IsHourFile(string path) => HourFile.TryParse(path) is not null;

    private static string? Without(string path, string suffix) =>
        path.EndsWith(suffix, StringComparison.Ordinal) && HourFile.TryParse(path[..^suffix.Length]) is not null ? path[..^suffix.Length] : null;
}
