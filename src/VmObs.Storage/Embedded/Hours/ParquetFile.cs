using System.Text.Json;
using VmObs.Ledger.Remains;
using VmObs.Storage.Disk;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>An hour's Parquet file that is read by row groups; whatever is wrong with it becomes a <see cref="DamagedFileException"/>.</summary>
/// <remarks>Not thread-safe. The file stays the caller's to dispose.</remarks>
internal sealed class ParquetFile : IDisposable
{
    private readonly DiskFile _file;
    private readonly RemainsHead? _remains;

    /// <summary>Takes a file whose footer was read.</summary>
    /// <param name="file">The file; may be read by others at the same time.</param>
    /// <param name="metadata">Its footer; one that was read before a part expired says the same of the rest.</param>
    /// <param name="remains">What is gone of the file.</param>
    public ParquetFile(DiskFile file, FileMetadata metadata, RemainsHead? remains = null)
    {
        (_file, _remains) = (file, remains);
        Reader = new ParquetReader(file, metadata);
    }

    /// <summary>Reads rows of its columns.</summary>
    public ParquetReader Reader { get; }

    /// <summary>Its row groups.</summary>
    public IReadOnlyList<RowGroupMetadata> RowGroups => Reader.Metadata.RowGroups;

    /// <summary>Reads a file's footer.</summary>
    /// <param name="file">The file.</param>
    /// <param name="formats">What its metadata may say it is.</param>
    /// <param name="remains">What is gone of the file.</param>
    /// <exception cref="DamagedFileException">The file is not of these formats.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public static FileMetadata ReadMetadata(DiskFile file, IReadOnlyList<HourFormat> formats, RemainsHead? remains = null)
    {
        var (footer, start) = ParquetFooter.Read(file, remains);
        return Guard(file, start, $"the footer of a file of format {string.Join(" or ", formats.Select(format => format.Name))}", () =>
        {
            var metadata = FileMetadata.Read(footer, start);
            var name = metadata.KeyValues.GetValueOrDefault(ParquetTable.FormatKey);
            if (formats.FirstOrDefault(format => format.Name == name) is not { } format)
                throw new InvalidDataException($"format {name ?? "none"}");
            if (metadata.Table != format.Table || !metadata.HasColumns(format.Columns))
                throw new InvalidDataException($"other columns than {name} has");
            // No writer makes larger ones, and what is read is held in memory.
            return metadata.RowGroups.FirstOrDefault(group => group.Rows > ParquetTable.RowGroupRows) is { } large
                ? throw new InvalidDataException($"a row group of {large.Rows} rows")
                : metadata;
        });
    }

    /// <summary>Opens a file.</summary>
    /// <inheritdoc cref="ReadMetadata"/>
    public static ParquetFile Open(DiskFile file, IReadOnlyList<HourFormat> formats, RemainsHead? remains = null) =>
        new(file, ReadMetadata(file, formats, remains), remains);

    /// <summary>Whether a row group expired.</summary>
    public bool IsGone(int group)
    {
        if (_remains is null)
            return false;
        var chunks = RowGroups[group].Chunks;
        var (first, end) = (chunks.Min(chunk => chunk.Offset), chunks.Max(chunk => chunk.End));
        return _remains.Covers(first, end - first);
    }

    /// <summary>Does what reads a row group.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public T Read<T>(int group, Func<T> read) => Guard(_file, RowGroups[group].Chunks[0].Offset, $"row group {group} of {RowGroups.Count}", read);

    /// <inheritdoc/>
    public void Dispose() => Reader.Dispose();

    private static T Guard<T>(DiskFile file, long offset, string expected, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is InvalidDataException or FormatException or JsonException or InvalidOperationException)
        {
            // A text that is not UTF-8 is an InvalidOperationException of the JSON reader.
            throw new DamagedFileException(file.Path, offset, error.Message.ReplaceLineEndings(" "), expected);
        }
    }
}
