namespace VmObs.Storage.Parquet;

/// <summary>Writes a Parquet table to a stream that cannot seek, row by row; every column is optional, and an empty text is none.</summary>
/// <remarks>
/// Not thread-safe. Bounded by one row group: 64 Ki rows or 16 MiB of texts; whichever is full first writes it.
/// A row's columns are set in any order, each once, then <see cref="EndRow"/>; one that was not set has no value.
/// </remarks>
public sealed class FlatTableWriter : IDisposable
{
    private const int MaxRows = 64 * 1024;
    private const int MaxTextBytes = 16 * 1024 * 1024;
    private const int ZstdLevel = 3;

    private readonly Sink _sink;
    private readonly ParquetWriter _writer;
    private readonly ColumnBuffer[] _buffers;
    private readonly bool[] _isSet;
    private int _rows;
    private long _textBytes;

    /// <summary>Begins a table.</summary>
    /// <param name="destination">Gets the file; the caller disposes it.</param>
    /// <param name="table">Name of the schema.</param>
    /// <param name="columns">At least one.</param>
    public FlatTableWriter(Stream destination, string table, IReadOnlyList<FlatColumn> columns)
    {
        _sink = new Sink(destination);
        var schema = columns.Select(ColumnOf).ToArray();
        _buffers = [.. schema.Select(BufferOf)];
        _isSet = new bool[schema.Length];
        _writer = new ParquetWriter(_sink, table, schema, [], ZstdLevel);
    }

    /// <summary>The row's text.</summary>
    public void SetText(int column, ReadOnlySpan<byte> utf8)
    {
        ((TextColumn)Set(column)).Add(utf8);
        _textBytes += utf8.Length;
    }

    /// <summary>The row's whole number, or its time in Unix ns.</summary>
    public void SetInteger(int column, long value) => ((NullableColumn<long>)Set(column)).Add(value);

    /// <summary>The row's number.</summary>
    public void SetDouble(int column, double value) => ((NullableColumn<double>)Set(column)).Add(value);

    /// <summary>Ends the row.</summary>
    public void EndRow()
    {
        for (var column = 0; column < _buffers.Length; column++)
        {
            if (!_isSet[column])
                AddNone(_buffers[column]);
        }
        Array.Clear(_isSet);
        if (++_rows == MaxRows || _textBytes >= MaxTextBytes)
            WriteRowGroup();
    }

    /// <summary>Ends the table; what was written is a whole file once this returns.</summary>
    public void Complete()
    {
        if (_rows > 0)
            WriteRowGroup();
        using var footer = _writer.Finish();
        _sink.Write(footer.WrittenSpan);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var buffer in _buffers)
            buffer.Dispose();
        _writer.Dispose();
    }

    private ColumnBuffer Set(int column)
    {
        _isSet[column] = true;
        return _buffers[column];
    }

    private void WriteRowGroup()
    {
        _writer.WriteRowGroup(_rows, _buffers);
        (_rows, _textBytes) = (0, 0);
    }

    private static void AddNone(ColumnBuffer buffer)
    {
        if (buffer is TextColumn text)
            text.AddNone(1);
        else if (buffer is NullableColumn<long> integers)
            integers.AddNone();
        else
            ((NullableColumn<double>)buffer).AddNone();
    }

    // Readers trust bounds, and what is exported is read whole.
    private static ParquetColumn ColumnOf(FlatColumn column) => column.Type switch
    {
        FlatColumnType.Text => new(column.Name, ParquetType.ByteArray, ParquetMeaning.Text, IsOptional: true, HasBounds: false),
        FlatColumnType.Integer => new(column.Name, ParquetType.Int64, IsOptional: true, HasBounds: false),
        FlatColumnType.Double => new(column.Name, ParquetType.Double, IsOptional: true, HasBounds: false),
        _ => new(column.Name, ParquetType.Int64, ParquetMeaning.UtcNanoseconds, IsOptional: true, HasBounds: false),
    };

    private static ColumnBuffer BufferOf(ParquetColumn column) => column.Type switch
    {
        ParquetType.ByteArray => new TextColumn(column, ParquetEncoding.Plain),
        ParquetType.Double => new NullableColumn<double>(MaxRows),
        _ => new NullableColumn<long>(MaxRows),
    };

    private sealed class Sink(Stream destination) : IByteSink
    {
        public long Length { get; private set; }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            destination.Write(bytes);
            Length += bytes.Length;
        }
    }
}
