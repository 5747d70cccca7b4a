using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What queries read again and again of sealed trace files: their footers, and what narrow columns of their row groups come to.</summary>
/// <remarks>
/// Thread-safe. Bounded by bytes; what was not asked for longest goes first. A sealed file stays what it is, and its name is never another file's;
/// what expired of it whoever asks looks up for itself.
/// </remarks>
/// <param name="maxBytes">What it may hold.</param>
internal sealed class TraceFileCache(long maxBytes)
{
    /// <summary>Enough for the row groups of some five million spans.</summary>
    public const long DefaultMaxBytes = 64 * 1024 * 1024;

    private const int WholeFile = -1;

    private readonly LruCache<Key, object> _values = new(maxBytes);

    /// <summary>Bytes that it holds.</summary>
    public long HeldBytes => _values.HeldBytes;

    /// <summary>A file's footer; null where it is not known.</summary>
    public FileMetadata? FindFooter(HourFile file) => Find<FileMetadata>(file, WholeFile, WholeFile);

    /// <summary>A file's footer; reads it where it is not known. Two queries may do so at once.</summary>
    public FileMetadata Footer(HourFile file, Func<FileMetadata> read) => Get(file, WholeFile, WholeFile, read, static footer => footer.HeldBytes);

    /// <summary>What is known of a row group; null where it is not.</summary>
    /// <typeparam name="T">What is known.</typeparam>
    /// <param name="file">The file.</param>
    /// <param name="group">The row group.</param>
    /// <param name="column">The column that it is of; the first of several.</param>
    public T? Find<T>(HourFile file, int group, int column)
        where T : class => (T?)_values.Find(new Key(file, group, column, typeof(T)));

    /// <summary>What is known of a row group; reads it where it is not. Two queries may do so at once.</summary>
    /// <typeparam name="T">What is known.</typeparam>
    /// <param name="file">The file.</param>
    /// <param name="group">The row group.</param>
    /// <param name="column">The column that it is of; the first of several.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="bytesOf">What it takes in memory.</param>
    public T Get<T>(HourFile file, int group, int column, Func<T> read, Func<T, long> bytesOf)
        where T : class
    {
        var key = new Key(file, group, column, typeof(T));
        if (_values.Find(key) is T known)
            return known;
        var value = read();
        _values.Add(key, value, bytesOf(value));
        return value;
    }

    private readonly record struct Key(HourFile File, int Group, int Column, Type Kind);
}
