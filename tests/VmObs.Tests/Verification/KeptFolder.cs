namespace VmObs.Tests.Verification;

/// <summary>All files of a data folder as they were at one moment, to be put back.</summary>
internal sealed class KeptFolder
{
    private readonly string _folder;
    private readonly SortedDictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    private KeptFolder(string folder) => _folder = folder;

    /// <summary>Keeps what is in a folder.</summary>
    public static KeptFolder Of(string folder)
    {
        var kept = new KeptFolder(folder);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            kept._files[Path.GetRelativePath(folder, path)] = File.ReadAllBytes(path);
        return kept;
    }

    /// <summary>The files, relative to the folder.</summary>
    public IReadOnlyCollection<string> Files => _files.Keys;

    /// <summary>A file's bytes.</summary>
    public byte[] this[string file] => _files[file];

    /// <summary>Whether it was there.</summary>
    public bool Has(string file) => _files.ContainsKey(file);

    /// <summary>Makes the folder what it was; files that are still as they were stay.</summary>
    public void PutBack()
    {
        foreach (var path in Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories))
        {
            if (!_files.TryGetValue(Path.GetRelativePath(_folder, path), out var bytes) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes))
                File.Delete(path);
        }
        foreach (var (file, bytes) in _files)
        {
            var path = Path.Combine(_folder, file);
            if (File.Exists(path))
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, bytes);
        }
    }
}
