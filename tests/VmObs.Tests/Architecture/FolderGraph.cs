using System.Text.RegularExpressions;

namespace VmObs.Tests.Architecture;

/// <summary>Which folders of a project use which: a file uses a folder when it names its namespace.</summary>
internal sealed partial class FolderGraph
{
    private readonly SortedDictionary<string, SortedSet<string>> _uses = new(StringComparer.Ordinal);

    /// <summary>Builds the graph from files and their texts; the project's own namespace is the root of all.</summary>
    public FolderGraph(string projectNamespace, IEnumerable<(string Namespace, string Text)> files)
    {
        var all = files.ToList();
        var namespaces = all.Select(file => file.Namespace).ToHashSet(StringComparer.Ordinal);
        var types = all.SelectMany(file => Declarations().Matches(file.Text).Select(match => (file.Namespace, Type: match.Groups[1].Value)))
            .Where(type => type.Namespace != projectNamespace).ToLookup(type => type.Type, type => type.Namespace);
        foreach (var (from, text) in all)
        {
            foreach (Match match in Names().Matches(text))
            {
                // The longest namespace that is one: VmObs.Storage.Disk.DiskFile names VmObs.Storage.Disk.
                var name = match.Value;
                while (name.Length > 0 && !namespaces.Contains(name))
                    name = name.Contains('.', StringComparison.Ordinal) ? name[..name.LastIndexOf('.')] : "";
                // Naming the project's root alone is what every file does in its own namespace.
                if (name.Length > 0 && name != from && name != projectNamespace)
                    Add(from, name);
            }
            // A folder sees the types of those above it without naming their namespace.
            foreach (var word in Words().Matches(text).Select(match => match.Value).Distinct())
            {
                foreach (var above in types[word].Where(above => from.StartsWith(above + ".", StringComparison.Ordinal)))
                    Add(from, above);
            }
        }
    }

    /// <summary>A cycle among folders, as its names in order; null when there is none.</summary>
    public IReadOnlyList<string>? Cycle()
    {
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in _uses.Keys)
        {
            if (Visit(start, [], done) is { } cycle)
                return cycle;
        }
        return null;
    }

    private List<string>? Visit(string folder, List<string> path, HashSet<string> done)
    {
        var at = path.IndexOf(folder);
        if (at >= 0)
            return [.. path[at..], folder];
        if (!done.Add(folder) || !_uses.TryGetValue(folder, out var targets))
            return null;
        path.Add(folder);
        foreach (var target in targets)
        {
            if (Visit(target, path, done) is { } cycle)
                return cycle;
        }
        path.RemoveAt(path.Count - 1);
        return null;
    }

    private void Add(string from, string to)
    {
        if (!_uses.TryGetValue(from, out var targets))
            _uses.Add(from, targets = new(StringComparer.Ordinal));
        targets.Add(to);
    }

    [GeneratedRegex(@"\b(?:class|record|struct|interface|enum|delegate \w+) ([A-Z]\w+)")]
    private static partial Regex Declarations();

    [GeneratedRegex(@"\b[A-Z]\w+")]
    private static partial Regex Words();

    [GeneratedRegex(@"\bVmObs(\.[A-Z]\w*)+")]
    private static partial Regex Names();
}
