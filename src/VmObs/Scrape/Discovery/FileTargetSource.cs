using Microsoft.Extensions.Logging;

namespace VmObs.Scrape.Discovery;

/// <summary>Targets from files that somebody writes. A file that cannot be read keeps the groups that it had.</summary>
internal sealed class FileTargetSource(FileDiscovery options, ILogger log, TimeProvider time) : ITargetSource
{
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);

    private readonly SortedDictionary<string, KnownFile> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);

    public async Task RunAsync(Action<IReadOnlyList<TargetGroup>> changed, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.RefreshInterval < s_poll ? options.RefreshInterval : s_poll, time);
        var readAll = time.GetTimestamp();
        Look(isDue: true);
        changed(Groups());
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            var isDue = time.GetElapsedTime(readAll) >= options.RefreshInterval;
            if (isDue)
                readAll = time.GetTimestamp();
            if (Look(isDue))
                changed(Groups());
        }
    }

    private List<TargetGroup> Groups() => [.. _files.Values.SelectMany(static file => file.Groups)];

    /// <summary>Looks at all files and reads those that changed, or all.</summary>
    /// <returns>Whether there is anything new.</returns>
    private bool Look(bool isDue)
    {
        var found = options.Files.SelectMany(Find).ToHashSet(StringComparer.Ordinal);
        var gone = _files.Keys.Where(path => !found.Contains(path)).ToList();
        foreach (var path in gone)
            _files.Remove(path);
        var isNew = gone.Count > 0;
        foreach (var path in found)
        {
            var file = new FileInfo(path);
            var stamp = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
            var known = _files.GetValueOrDefault(path);
            if (known is not null && known.Stamp == stamp && !isDue)
                continue;
            var groups = Read(path);
            _files[path] = new KnownFile(stamp, groups ?? known?.Groups ?? []);
            isNew |= groups is not null;
        }
        return isNew;
    }

    private IEnumerable<string> Find(string pattern)
    {
        var folder = Path.GetDirectoryName(pattern)!;
        var name = Path.GetFileName(pattern);
        string[] found = [];
        try
        {
            found = name.AsSpan().ContainsAny('*', '?') ? Directory.GetFiles(folder, name) : File.Exists(pattern) ? [pattern] : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            if (_missing.Add(pattern))
                log.LogWarning("file_sd: {Pattern}: {Reason}", pattern, error.Message);
            return [.. _files.Keys.Where(path => Path.GetDirectoryName(path) == folder && error is not DirectoryNotFoundException)];
        }
        if (found.Length > 0)
            _missing.Remove(pattern);
        else if (_missing.Add(pattern))
            log.LogWarning("file_sd: {Pattern}: got no such file, want a list of targets", pattern);
        return found;
    }

    /// <returns>null where the file cannot be read.</returns>
    private IReadOnlyList<TargetGroup>? Read(string path)
    {
        var meta = KeyValuePair.Create("__meta_filepath", path);
        try
        {
            var content = File.ReadAllBytes(path);
            if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
                return TargetList.ReadJson(content, path, meta);
            using var text = new StreamReader(new MemoryStream(content));
            return TargetList.ReadYaml(text, path, meta);
        }
        catch (Exception error) when (error is TargetListException or IOException or UnauthorizedAccessException)
        {
            log.LogWarning("file_sd: the targets that the file had stay: {Reason}", error.Message);
            return null;
        }
    }

    private sealed record KnownFile((DateTime WrittenUtc, long Bytes) Stamp, IReadOnlyList<TargetGroup> Groups);
}
