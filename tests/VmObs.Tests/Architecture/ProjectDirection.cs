using System.Xml.Linq;

namespace VmObs.Tests.Architecture;

/// <summary>Which project may see which.</summary>
internal static class ProjectDirection
{
    /// <summary>What each product project may refer to, at most.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Allowed = new Dictionary<string, string[]>
    {
        ["VmObs.Ledger"] = [],
        ["VmObs.Signals"] = [],
        ["VmObs.Storage"] = ["VmObs.Signals", "VmObs.Ledger"],
        ["VmObs.Query"] = ["VmObs.Signals"],
        ["VmObs.Verify"] = ["VmObs.Ledger"],
        ["VmObs"] = ["VmObs.Ledger", "VmObs.Signals", "VmObs.Storage", "VmObs.Query"],
    };

    /// <summary>Findings about one project file.</summary>
    public static IEnumerable<string> Check(string project, string xml)
    {
        if (!Allowed.TryGetValue(project, out var allowed))
        {
            yield return $"{project} is not in the list of projects: say there what it may refer to";
            yield break;
        }
        foreach (var reference in XDocument.Parse(xml).Descendants("ProjectReference"))
        {
            var name = Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'));
            if (!allowed.Contains(name))
                yield return $"{project} refers to {name}, wanted at most: {(allowed.Length == 0 ? "nothing" : string.Join(", ", allowed))}";
        }
    }
}
