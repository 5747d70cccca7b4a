using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What queries have read of sealed metric files that the next query would read again: footers, which series row groups have, and
/// their last samples.</summary>
/// <remarks>Thread-safe. Derived, and true as long as it is kept: sealed files do not change, and their names are never given again.</remarks>
internal sealed class MetricFileCache(long maxBytes)
{
    private readonly LruCache<HourFile, FileMetadata> _footers = new(maxBytes / 4);
    private readonly LruCache<(HourFile File, int Group), LastSamples> _ends = new(maxBytes / 8);
    private readonly LruCache<(HourFile File, int Group), SeriesDirectory> _directories = new(maxBytes - (maxBytes / 4) - (maxBytes / 8));

    /// <summary>Bytes that it holds, about.</summary>
    public long HeldBytes => _footers.HeldBytes + _ends.HeldBytes + _directories.HeldBytes;

    /// <summary>A file's footer.</summary>
    public FileMetadata Footer(HourFile file, Func<FileMetadata> read)
    {
        if (_footers.Find(file) is { } known)
            return known;
        var footer = read();
        _footers.Add(file, footer, footer.HeldBytes);
        return footer;
    }

    /// <summary>The series of a row group.</summary>
    public SeriesDirectory Directory(HourFile file, int group, Func<SeriesDirectory> read)
    {
        if (_directories.Find((file, group)) is { } known)
            return known;
        var directory = read();
        _directories.Add((file, group), directory, directory.HeldBytes);
        return directory;
    }

    /// <summary>The last sample of each series of a row group.</summary>
    public LastSamples Ends(HourFile file, int group, Func<LastSamples> read)
    {
        if (_ends.Find((file, group)) is { } known)
            return known;
        var ends = read();
        _ends.Add((file, group), ends, ends.HeldBytes);
        return ends;
    }
}
