namespace VmObs.Tests.Architecture;

/// <summary>Which rooms of one project need which, from the names its files mention.</summary>
/// <remarks>
/// A room is a folder; at a project's root each file is one, since that is where the types stand that all folders share, and what puts
/// the folders together. A mention is a using directive, or the name of a type where C# would find it: in the file's own namespace, those
/// around it, those it imports, or qualified. So a folder that builds on its parent's types is a room above it, and the parent may not use it.
/// </remarks>
internal sealed class FolderGraph
{
    private readonly HashSet<string> _folders;
    private readonly Dictionary<string, SourceFile> _types = [];
    private readonly string _project;

    private FolderGraph(string project, IReadOnlyList<SourceFile> files)
    {
        _project = project;
        _folders = [.. files.Select(file => file.Folder)];
        foreach (var file in files)
            foreach (var type in file.Outline.Types)
                _types.TryAdd($"{file.ExpectedNamespace}.{type.Name}", file);
    }

    /// <summary>Each circle of rooms as a line a step; empty when there is none.</summary>
    public static IReadOnlyList<string> FindCycles(string project, IReadOnlyList<SourceFile> files)
    {
        var graph = new FolderGraph(project, files);
        var needs = files.SelectMany(graph.DependenciesOf).DistinctBy(edge => (edge.From, edge.To)).ToLookup(edge => edge.From);
        var reported = new HashSet<string>();
        var cycles = new List<string>();
        foreach (var room in needs.Select(group => group.Key).Order(StringComparer.Ordinal))
        {
            if (reported.Contains(room) || ShortestCycle(room, needs) is not { } cycle)
                continue;
            reported.UnionWith(cycle.Select(step => step.From));
            cycles.Add(string.Join('\n', cycle.Select(step => $"  {step.From} → {step.To} ({step.Because})")));
        }
        return cycles;
    }

    // Breadth first from a room back to itself through another folder.
    private static List<Dependency>? ShortestCycle(string start, ILookup<string, Dependency> needs)
    {
        var cameBy = new Dictionary<(string Room, bool LeftFolder), (Dependency Step, (string, bool) Before)>();
        var queue = new Queue<(string Room, bool LeftFolder)>([(start, false)]);
        while (queue.TryDequeue(out var at))
        {
            foreach (var step in needs[at.Room])
            {
                var next = (Room: step.To, LeftFolder: at.LeftFolder || FolderOf(step.To) != FolderOf(start));
                if (!cameBy.TryAdd(next, (step, at)))
                    continue;
                if (next == (start, true))
                    return Trace(next);
                queue.Enqueue(next);
            }
        }
        return null;

        List<Dependency> Trace((string Room, bool LeftFolder) end)
        {
            var steps = new List<Dependency>();
            var at = end;
            do
            {
                var (step, before) = cameBy[at];
                steps.Insert(0, step);
                at = before;
            }
            while (at != (start, false));
            return steps;
        }
    }

    // A room at the root is a file.
    private static string FolderOf(string room) => room.EndsWith(".cs", StringComparison.Ordinal) ? "" : room;

    private static IEnumerable<string> SelfAndAround(string name)
    {
        yield return name;
        for (var dot = name.LastIndexOf('.'); dot > 0; dot = name.LastIndexOf('.', dot - 1))
            yield return name[..dot];
    }

    private static string RoomOf(SourceFile file) => file.Folder.Length == 0 ? file.Name : file.Folder;

    private IEnumerable<Dependency> DependenciesOf(SourceFile file)
    {
        var from = RoomOf(file);
        foreach (var (name, line) in file.Outline.Imports)
            if (ImportedRoom(name) is { } room && room != from)
                yield return new Dependency(from, room, $"{file.Path}:{line} imports {name}");
        foreach (var (target, name, line) in Mentions(file))
            if (RoomOf(target) is var room && room != from)
                yield return new Dependency(from, room, $"{file.Path}:{line} uses {name}");
    }

    // Importing the project's root says nothing yet: which of its files is used, the types tell.
    private string? ImportedRoom(string name)
    {
        if (_types.TryGetValue(name, out var file))
            return RoomOf(file);
        if (!name.StartsWith(_project + ".", StringComparison.Ordinal))
            return null;
        var folder = name[(_project.Length + 1)..].Replace('.', '/');
        return _folders.Contains(folder) ? folder : null;
    }

    private IEnumerable<(SourceFile Target, string Name, int Line)> Mentions(SourceFile file)
    {
        var tokens = file.Outline.Tokens;
        string[] around = [.. SelfAndAround(file.ExpectedNamespace), .. file.Outline.Imports.Select(import => import.Name)];
        for (var i = 0; i < tokens.Count; i++)
        {
            if (!tokens[i].IsWord || (i > 0 && tokens[i - 1].Text == "."))
                continue;
            var (name, _) = SourceOutline.DottedName(tokens, i);
            if (Find(name, around) is { } target)
                yield return (target, name, tokens[i].Line);
        }
    }

    private SourceFile? Find(string dottedName, string[] around)
    {
        foreach (var prefix in SelfAndAround(dottedName))
        {
            // All but the last word have to be a namespace; what follows a type is its members.
            if (_types.TryGetValue(prefix, out var qualified))
                return qualified;
            foreach (var scope in around)
                if (_types.TryGetValue($"{scope}.{prefix}", out var file))
                    return file;
        }
        return null;
    }
}
