namespace VmObs.Tests.Storage.Faults;

/// <summary>What of a disk is durable, and what a power loss may take: content until its file is synced, names until their folder is.</summary>
/// <remarks>Names of one folder survive or not each by itself, and independently of their files' content. Not thread-safe.</remarks>
internal sealed class DiskState
{
    private const int Folder = -1;

    private readonly Dictionary<int, FileState> _files = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly List<NameChange> _changes = [];

    /// <summary>Does an operation.</summary>
    public void Apply(DiskOperation operation)
    {
        switch (operation.Kind)
        {
            case DiskOperationKind.Create:
                _files.Add(operation.File, new FileState());
                _changes.Add(new NameChange(operation.Path, operation.File, Removes: null));
                break;
            case DiskOperationKind.MakeFolder:
                _changes.Add(new NameChange(operation.Path, Folder, Removes: null));
                break;
            case DiskOperationKind.Rename:
                _changes.Add(new NameChange(operation.To, operation.File, Removes: operation.Path));
                break;
            case DiskOperationKind.Delete:
                _changes.Add(new NameChange(Adds: null, 0, Removes: operation.Path));
                break;
            case DiskOperationKind.SyncFolder:
                foreach (var change in _changes.Where(change => change.InFolder == operation.Path))
                    change.ApplyTo(_names);
                _changes.RemoveAll(change => change.InFolder == operation.Path);
                break;
            case DiskOperationKind.Sync:
                _files[operation.File].Sync();
                break;
            default:
                _files[operation.File].Unsynced.Add(operation);
                break;
        }
    }

    /// <summary>A sync that failed: the kernel calls the pages clean and never writes them, though readers still see them.</summary>
    public void Forget(int file) => _files[file].Unsynced.Clear();

    /// <summary>What a power loss at this moment may leave.</summary>
    public IEnumerable<DiskImage> Images()
    {
        foreach (var names in NamesThatSurvive())
        {
            foreach (var content in _files.Values.Any(file => file.Unsynced.Count > 0) ? Enum.GetValues<UnsyncedContent>() : [UnsyncedContent.Lost])
                yield return Image(names.ToList(), content);
        }
    }

    /// <summary>The least that a power loss leaves.</summary>
    public DiskImage Least() => Image([], UnsyncedContent.Lost);

    // None, all, each alone, all but each; when there are few, every choice.
    private IEnumerable<IEnumerable<int>> NamesThatSurvive()
    {
        var all = Enumerable.Range(0, _changes.Count).ToList();
        if (all.Count <= 3)
            return Enumerable.Range(0, 1 << all.Count).Select(choice => all.Where(i => (choice >> i & 1) != 0));
        return [[], all, .. all.Select(i => new[] { i }), .. all.Select(i => all.Where(other => other != i))];
    }

    private DiskImage Image(List<int> surviving, UnsyncedContent content)
    {
        var names = new Dictionary<string, int>(_names, StringComparer.Ordinal);
        foreach (var index in surviving)
            _changes[index].ApplyTo(names);
        var files = new SortedDictionary<string, byte[]?>(StringComparer.Ordinal);
        foreach (var (path, file) in names.OrderBy(name => name.Key, StringComparer.Ordinal))
        {
            // What lies in a folder that is gone is gone.
            if (_changes.Any(change => change.Adds is { } added && path.StartsWith(added + "/", StringComparison.Ordinal) && !names.ContainsKey(added)))
                continue;
            files.Add(path, file == Folder ? null : _files[file].After(content));
        }
        return new DiskImage($"unsynced content {content}, unsynced names that survive: {(surviving.Count == 0 ? "none" : string.Join(", ", surviving.Select(i => _changes[i])))} of {_changes.Count}", files);
    }

    private sealed record NameChange(string? Adds, int File, string? Removes)
    {
        public string InFolder => Path.GetDirectoryName(Adds ?? Removes)!;

        public void ApplyTo(Dictionary<string, int> names)
        {
            if (Removes is not null)
                names.Remove(Removes);
            if (Adds is not null)
                names[Adds] = File;
        }

        public override string ToString() => $"{(Removes is null ? "" : "-" + Path.GetFileName(Removes))}{(Adds is null ? "" : "+" + Path.GetFileName(Adds))}";
    }

    private sealed class FileState
    {
        private byte[] _durable = [];

        public List<DiskOperation> Unsynced { get; } = [];

        public void Sync()
        {
            _durable = After(UnsyncedContent.Kept);
            Unsynced.Clear();
        }

        public byte[] After(UnsyncedContent content)
        {
            if (content == UnsyncedContent.Lost || Unsynced.Count == 0)
                return _durable;
            var bytes = _durable;
            foreach (var operation in Unsynced)
                bytes = operation.Kind == DiskOperationKind.Cut ? Resized(bytes, operation.Offset) : Written(bytes, operation, content, isLast: operation == Unsynced[^1]);
            return bytes;
        }

        private static byte[] Written(byte[] bytes, DiskOperation write, UnsyncedContent content, bool isLast)
        {
            var written = (byte[])write.Bytes.Clone();
            if (isLast && content == UnsyncedContent.TornAtTheEnd)
                written = written[..(written.Length / 2)];
            else if (isLast && content == UnsyncedContent.TornInTheMiddle)
                written.AsSpan((written.Length / 3)..(written.Length * 2 / 3)).Clear();
            else if (content == UnsyncedContent.Zeros)
                written.AsSpan().Clear();
            var result = Resized(bytes, Math.Max(bytes.Length, write.Offset + written.Length));
            written.CopyTo(result, write.Offset);
            return result;
        }

        private static byte[] Resized(byte[] bytes, long length)
        {
            var result = new byte[length];
            bytes.AsSpan(0, (int)Math.Min(length, bytes.Length)).CopyTo(result);
            return result;
        }
    }
}
