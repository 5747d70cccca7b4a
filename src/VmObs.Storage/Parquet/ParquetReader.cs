using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Parquet;

/// <summary>Reads rows of columns of a flat Parquet table: what <see cref="ParquetWriter"/> writes, and what Arrow writes of the same columns.</summary>
/// <remarks>
/// Not thread-safe; the footer may be shared by readers. In memory are one chunk as it stands in the file and one page. Every page that is used is
/// checked against its CRC, and headers against the number of rows. Bytes that are not what was written never make it read outside of them, hang, or
/// allocate more than pages of the largest size. Source: github.com/apache/parquet-format.
/// </remarks>
internal sealed class ParquetReader : IDisposable
{
    private readonly DiskFile _file;
    private readonly ChunkPages _pages;
    private readonly TextDecoder _texts = new();

    /// <summary>Begins to read a file, which stays the caller's to dispose.</summary>
    /// <param name="file">The file; may be read by others at the same time.</param>
    /// <param name="metadata">Its footer.</param>
    public ParquetReader(DiskFile file, FileMetadata metadata)
    {
        (_file, Metadata) = (file, metadata);
        _pages = new ChunkPages(file);
    }

    /// <summary>The file's footer.</summary>
    public FileMetadata Metadata { get; }

    /// <summary>Bytes of the file that were read so far.</summary>
    public long BytesRead => _pages.BytesRead;

    /// <summary>Reads rows of a column of texts.</summary>
    /// <param name="group">The row group's number.</param>
    /// <param name="column">The column's number.</param>
    /// <param name="firstRow">The first row, counted from the row group's.</param>
    /// <param name="rows">How many; at least one.</param>
    /// <param name="into">Gets them, in place of what it has.</param>
    /// <exception cref="DamagedFileException">The column is not what was written.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public void ReadTexts(int group, int column, int firstRow, int rows, TextRows into) => ReadTexts(group, column, [new RowRange(firstRow, rows)], into);

    /// <summary>Reads rows of a column of texts, each page once.</summary>
    /// <param name="group">The row group's number.</param>
    /// <param name="column">The column's number.</param>
    /// <param name="ranges">The rows, ascending, none twice; at least one range.</param>
    /// <param name="into">Gets them, one after the other, in place of what it has.</param>
    /// <exception cref="DamagedFileException">The column is not what was written.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public void ReadTexts(int group, int column, ReadOnlySpan<RowRange> ranges, TextRows into)
    {
        var (firstRow, rows) = Hull(ranges);
        var chunk = Chunk(group, column, firstRow, rows);
        try
        {
            into.Clear();
            _texts.Begin();
            _pages.Open(chunk, firstRow, rows);
            while (_pages.Next(ranges))
            {
                foreach (var range in ranges)
                {
                    if (_pages.Select(range))
                        _texts.Read(_pages, chunk.Column.IsOptional, into);
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or FormatException)
        {
            throw Damage(group, chunk, error);
        }
    }

    /// <summary>Where the pages of a column begin and their smallest values; none where the file does not say.</summary>
    /// <remarks>Parquet has no checksum of this, so it is to be compared with what lies there.</remarks>
    /// <param name="group">The row group's number.</param>
    /// <param name="column">The column's number.</param>
    /// <exception cref="DamagedFileException">It is not what was written.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public PageStart[] ReadPageStarts(int group, int column)
    {
        var chunk = Metadata.RowGroups[group].Chunks[column];
        try
        {
            return _pages.ReadStarts(chunk);
        }
        catch (InvalidDataException error)
        {
            throw Damage(group, chunk, error);
        }
    }

    /// <summary>The Bloom filter of a column of a row group; null where it has none.</summary>
    /// <param name="group">The row group's number.</param>
    /// <param name="column">The column's number.</param>
    /// <exception cref="DamagedFileException">It is not what was written.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public BloomFilter? ReadFilter(int group, int column)
    {
        var chunk = Metadata.RowGroups[group].Chunks[column];
        try
        {
            return _pages.ReadFilter(chunk);
        }
        catch (InvalidDataException error)
        {
            throw Damage(group, chunk, error);
        }
    }

    /// <summary>Reads rows of a column of numbers.</summary>
    /// <param name="group">The row group's number.</param>
    /// <param name="column">The column's number.</param>
    /// <param name="firstRow">The first row, counted from the row group's.</param>
    /// <param name="into">Gets as many as it has room for; at least one.</param>
    /// <exception cref="DamagedFileException">The column is not what was written.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public void ReadIntegers<T>(int group, int column, int firstRow, Span<T> into)
        where T : unmanaged, IBinaryInteger<T> => ReadIntegers(group, column, [new RowRange(firstRow, into.Length)], into);

    /// <summary>Reads rows of a column of numbers, each page once.</summary>
    /// <param name="group">The row group's number.</param>
    /// <param name="column">The column's number.</param>
    /// <param name="ranges">The rows, ascending, none twice; at least one range.</param>
    /// <param name="into">Gets them, one after the other; has room for as many.</param>
    /// <exception cref="DamagedFileException">The column is not what was written.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public void ReadIntegers<T>(int group, int column, ReadOnlySpan<RowRange> ranges, Span<T> into)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (firstRow, rows) = Hull(ranges);
        var chunk = Chunk(group, column, firstRow, rows);
        try
        {
            _pages.Open(chunk, firstRow, rows);
            while (_pages.Next(ranges))
            {
                foreach (var range in ranges)
                {
                    if (!_pages.Select(range))
                        continue;
                    ReadIntegers(into);
                    into = into[_pages.Take..];
                }
            }
        }
        catch (Exception error) when (error is InvalidDataException or FormatException)
        {
            throw Damage(group, chunk, error);
        }
    }

    /// <summary>Reads rows of a column of doubles, with all their bits.</summary>
    /// <inheritdoc cref="ReadIntegers{T}(int, int, int, Span{T})"/>
    public void ReadDoubles(int group, int column, int firstRow, Span<double> into)
    {
        var chunk = Chunk(group, column, firstRow, into.Length);
        try
        {
            var range = new RowRange(firstRow, into.Length);
            _pages.Open(chunk, firstRow, into.Length);
            while (_pages.Next([range]) && _pages.Select(range))
            {
                if (_pages.Encoding != ParquetEncoding.ByteStreamSplit)
                    ReadPlain(into);
                else if (_pages.Body.Length == _pages.Rows * sizeof(double))
                    ByteStreamSplit.Read(_pages.Body, _pages.Skip, into[.._pages.Take]);
                else
                    throw new InvalidDataException($"{_pages.Body.Length} bytes of {_pages.Rows} doubles");
                into = into[_pages.Take..];
            }
        }
        catch (Exception error) when (error is InvalidDataException or FormatException)
        {
            throw Damage(group, chunk, error);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pages.Dispose();
        _texts.Dispose();
    }

    private void ReadIntegers<T>(Span<T> into)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (_pages.Encoding == ParquetEncoding.DeltaBinaryPacked)
        {
            var body = _pages.Body;
            DeltaBinaryPacked.Read(ref body, _pages.Rows, _pages.Skip, into[.._pages.Take], toEnd: false);
        }
        else
        {
            ReadPlain(into);
        }
    }

    // From the first row to the last one.
    private static RowRange Hull(ReadOnlySpan<RowRange> ranges) => new(ranges[0].First, ranges[^1].End - ranges[0].First);

    private void ReadPlain<T>(Span<T> into)
        where T : unmanaged
    {
        // All supported machines are little-endian, as Parquet is.
        if (_pages.Encoding != ParquetEncoding.Plain || _pages.Body.Length != _pages.Rows * Unsafe.SizeOf<T>())
            throw new InvalidDataException($"{_pages.Body.Length} bytes of {_pages.Rows} numbers in encoding {(int)_pages.Encoding}");
        MemoryMarshal.Cast<byte, T>(_pages.Body).Slice(_pages.Skip, _pages.Take).CopyTo(into);
    }

    private ChunkMetadata Chunk(int group, int column, int firstRow, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, Metadata.RowGroups[group].Rows - firstRow);
        return Metadata.RowGroups[group].Chunks[column];
    }

    private DamagedFileException Damage(int group, ChunkMetadata chunk, Exception error) =>
        new(_file.Path, _pages.Offset, error.Message, $"column {chunk.Column.Name} of row group {group}");
}
