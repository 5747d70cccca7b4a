using System.IO.Hashing;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>One column of one row group: takes its pages, compresses them, and remembers what the file's end says of them.</summary>
/// <remarks>Not thread-safe. Holds one compressed chunk; used again for the next by <see cref="Begin"/>.</remarks>
internal sealed class ColumnChunk : IDisposable
{
    private readonly PooledBuffer _bytes = new();
    private readonly PooledBuffer _body = new();
    private readonly ThriftCompactWriter _headers;
    private readonly ZstdSharp.Compressor _compressor;
    private readonly List<PageFacts> _pages = [];
    private readonly SortedSet<ParquetEncoding> _encodings = [];
    // Begin sets it.
    private ParquetColumn _column = null!;
    private long _start;
    private long _rows;
    private long _uncompressedBytes;
    private int _dictionaryBytes;
    private long _nulls;

    /// <summary>Compresses at a level of zstd.</summary>
    public ColumnChunk(int zstdLevel)
    {
        _headers = new ThriftCompactWriter(_bytes);
        _compressor = new ZstdSharp.Compressor(zstdLevel);
    }

    /// <summary>The pages as they stand in the file.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.WrittenSpan;

    /// <summary>Its pages of rows.</summary>
    public IReadOnlyList<PageFacts> Pages => _pages;

    /// <summary>A Bloom filter of its values; null for none.</summary>
    public BloomFilter? Filter { get; set; }

    /// <summary>Begins a chunk.</summary>
    /// <param name="column">Its column.</param>
    /// <param name="start">Where it will stand in the file.</param>
    public void Begin(ParquetColumn column, long start)
    {
        _column = column;
        _start = start;
        Filter = null;
        _bytes.Clear();
        _pages.Clear();
        _encodings.Clear();
        (_rows, _nulls, _uncompressedBytes, _dictionaryBytes) = (0, 0, 0, 0);
    }

    /// <summary>Adds the dictionary; before all data pages.</summary>
    public void AddDictionary(int entries, ReadOnlySpan<byte> plainValues)
    {
        var header = BeginPage(PageType.Dictionary, plainValues);
        _headers.BeginStruct(7);
        _headers.Int32(1, entries);
        _headers.Int32(2, (int)ParquetEncoding.Plain);
        _headers.EndStruct();
        _dictionaryBytes = EndPage(header, plainValues.Length);
        _encodings.Add(ParquetEncoding.Plain);
    }

    /// <summary>Adds a page of rows.</summary>
    /// <param name="rows">How many.</param>
    /// <param name="nulls">How many of them have no value.</param>
    /// <param name="encoding">How the values stand.</param>
    /// <param name="body">Definition levels, where the column is optional, then the values.</param>
    /// <param name="bounds">Smallest and largest value; null where the column has none.</param>
    public void AddPage(int rows, int nulls, ParquetEncoding encoding, ReadOnlySpan<byte> body, ValueBounds? bounds)
    {
        var start = _bytes.Length;
        var header = BeginPage(PageType.Data, body);
        _headers.BeginStruct(5);
        _headers.Int32(1, rows);
        _headers.Int32(2, (int)encoding);
        _headers.Int32(3, (int)ParquetEncoding.Rle);
        _headers.Int32(4, (int)ParquetEncoding.Rle);
        _headers.EndStruct();
        _pages.Add(new PageFacts(_start + start, EndPage(header, body.Length), _rows, bounds));
        _encodings.Add(encoding);
        // Definition levels, and repetition levels that a flat table has not.
        _encodings.Add(ParquetEncoding.Rle);
        _rows += rows;
        _nulls += nulls;
    }

    /// <summary>What was added since <see cref="Begin"/>.</summary>
    /// <param name="index">Where its page index lies among all.</param>
    public ChunkFacts ToFacts(IndexPlace index) => new(
        _column, [.. _encodings], _rows, _start, _dictionaryBytes, _bytes.Length, _uncompressedBytes, _nulls,
        ValueBounds.Of(_column, _pages), index);

    /// <inheritdoc/>
    public void Dispose()
    {
        _compressor.Dispose();
        _bytes.Dispose();
        _body.Dispose();
    }

    /// <summary>Compresses the body and begins the header, whose struct the caller goes on with; returns where the header begins.</summary>
    private int BeginPage(PageType type, ReadOnlySpan<byte> body)
    {
        _body.Clear();
        _body.Advance(_compressor.Wrap(body, _body.GetSpan(ZstdSharp.Compressor.GetCompressBound(body.Length))));
        var start = _bytes.Length;
        _headers.BeginStruct();
        _headers.Int32(1, (int)type);
        _headers.Int32(2, body.Length);
        _headers.Int32(3, _body.Length);
        _headers.Int32(4, (int)Crc32.HashToUInt32(_body.WrittenSpan));
        return start;
    }

    /// <summary>Ends the header, appends the body, and returns the bytes of both.</summary>
    private int EndPage(int header, int bodyBytes)
    {
        _headers.EndStruct();
        _uncompressedBytes += _bytes.Length - header + bodyBytes;
        _bytes.Write(_body.WrittenSpan);
        return _bytes.Length - header;
    }
}
