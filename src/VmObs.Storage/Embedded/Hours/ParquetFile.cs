using System.Text.Json;
using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;
using VmObs.Ledger.Remains;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads an hour's Parquet file by row groups, always checking page CRCs; whatever is wrong with it becomes a <see cref="DamagedFileException"/>.</summary>
internal static class ParquetFile
{
    /// <summary>Opens a file and hands its row groups to a reader, one after the other.</summary>
    /// <param name="file">The file; may be read by others at the same time.</param>
    /// <param name="format">What its metadata must say it is: "metrics/2".</param>
    /// <param name="schema">Its columns.</param>
    /// <param name="read">Takes a row group and its number of rows.</param>
    /// <param name="remains">What is gone of the file: row groups that are passed over.</param>
    /// <exception cref="DamagedFileException">The file cannot be read as what it should be.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public static IEnumerable<T> ReadGroups<T>(DiskFile file, string format, GroupNode schema, Func<RowGroupReader, int, T> read, RemainsHead? remains = null) =>
        ReadGroups(file, [(format, schema)], read, remains);

    /// <summary>As <see cref="ReadGroups{T}(DiskFile, string, GroupNode, Func{RowGroupReader, int, T}, RemainsHead?)"/>, for a file of one of several
    /// formats.</summary>
    public static IEnumerable<T> ReadGroups<T>(
        DiskFile file, IReadOnlyList<(string Format, GroupNode Schema)> formats, Func<RowGroupReader, int, T> read, RemainsHead? remains = null)
    {
        ParquetFooter.Check(file, remains);
        var layout = remains is null ? null : ParquetLayout.Read(file);
        using var stream = new DiskFileStream(file);
        using var source = new ManagedRandomAccessFile(stream, leaveOpen: true);
        using var properties = ReaderProperties.GetDefaultReaderProperties();
        properties.EnablePageChecksumVerification();
        using var reader = Guard(stream, file, "a Parquet footer", () => new ParquetFileReader(source, properties));
        var groups = Guard(stream, file, $"the columns of format {string.Join(" or ", formats.Select(format => format.Format))}", () => CheckLayout(reader.FileMetaData, formats));
        if (layout is not null && layout.Groups.Count != groups)
            throw new DamagedFileException(file.Path, layout.Footer.Offset, $"{groups} row groups", $"{layout.Groups.Count}");
        for (var i = 0; i < groups; i++)
        {
            var index = i;
            if (layout?.Groups[index].Pages is { } pages && remains!.Covers(pages.Offset, pages.Length))
                continue;
            yield return Guard(stream, file, $"row group {index} of {groups}", () =>
            {
                using var group = reader.RowGroup(index);
                // No writer makes larger ones, and what is read is held in memory.
                var rows = group.MetaData.NumRows is > 0 and <= ParquetTable.RowGroupRows and var n
                    ? (int)n
                    : throw new InvalidDataException($"{group.MetaData.NumRows} rows");
                return read(group, rows);
            });
        }
    }

    private static int CheckLayout(FileMetaData metadata, IReadOnlyList<(string Format, GroupNode Schema)> formats)
    {
        if (!metadata.KeyValueMetadata.TryGetValue(ParquetTable.FormatKey, out var found)
            || formats.FirstOrDefault(format => format.Format == found).Schema is not { } schema)
            throw new InvalidDataException($"format {found ?? "none"}");
        using var root = metadata.Schema.GroupNode;
        if (!root.Equals(schema))
            throw new InvalidDataException("other columns");
        return metadata.NumRowGroups;
    }

    private static T Guard<T>(DiskFileStream stream, DiskFile file, string expected, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception) when (stream.Failure is { } failure)
        {
            throw new IOException(failure.Message, failure);
        }
        catch (Exception error) when (error is ParquetException or InvalidDataException or InvalidCastException or InvalidOperationException
            or OverflowException or ArgumentException or FormatException or JsonException or IndexOutOfRangeException or OutOfMemoryException)
        {
            throw new DamagedFileException(file.Path, 0, error.Message.ReplaceLineEndings(" "), expected);
        }
    }
}
