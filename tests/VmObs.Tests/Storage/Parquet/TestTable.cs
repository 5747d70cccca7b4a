using ParquetSharp;
using ParquetSharp.IO;
using VmObs.Signals;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Parquet;
using Encoding = System.Text.Encoding;

namespace VmObs.Tests.Storage.Parquet;

/// <summary>A table with a column of every kind that our writer writes, and how ParquetSharp, which knows nothing of it, reads it.</summary>
internal sealed class TestTable : IDisposable
{
    public const int MaxRows = ParquetTable.RowGroupRows + 1;

    private static readonly ParquetEncoding[] s_textEncodings = [ParquetEncoding.Plain, ParquetEncoding.DeltaLengthByteArray, ParquetEncoding.DeltaByteArray];

    /// <summary>The schema: texts by dictionary, then by each other encoding, both required and optional; then numbers.</summary>
    public static IReadOnlyList<ParquetColumn> Columns { get; } =
    [
        Text("dictionary"), Text("dictionary_optional") with { IsOptional = true, HasBounds = false },
        .. s_textEncodings.SelectMany(encoding => new[] { Text(encoding.ToString()), Text(encoding + "_optional") with { IsOptional = true, HasBounds = false } }),
        new("int64_delta", ParquetType.Int64, ParquetMeaning.UtcMilliseconds), new("int64_plain", ParquetType.Int64),
        new("int32_delta", ParquetType.Int32), new("int32_plain", ParquetType.Int32),
        new("uint32_delta", ParquetType.Int32, ParquetMeaning.UInt32), new("value", ParquetType.Double, HasBounds: false),
    ];

    private readonly DictionaryTextColumn[] _dictionaries = [new(Columns[0]), new(Columns[1])];
    private readonly TextColumn[] _texts;
    private readonly IntegerColumn<long>[] _longs;
    private readonly IntegerColumn<int>[] _ints;
    private readonly IntegerColumn<uint> _uints;
    private readonly DoubleColumn _values = new(MaxRows);
    private readonly MemorySink _sink = new();
    private readonly ParquetWriter _writer;

    /// <summary>A table whose pages of numbers have so many rows, and those of texts so many bytes.</summary>
    public TestTable(int zstdLevel = 1, int pageRows = MaxRows, int pageBytes = 1024 * 1024)
    {
        _texts = [.. Enumerable.Range(2, 6).Select(i => new TextColumn(Columns[i], s_textEncodings[(i - 2) / 2], pageBytes))];
        _longs = [new(Columns[8], ParquetEncoding.DeltaBinaryPacked, MaxRows, pageRows), new(Columns[9], ParquetEncoding.Plain, MaxRows, pageRows)];
        _ints = [new(Columns[10], ParquetEncoding.DeltaBinaryPacked, MaxRows, pageRows), new(Columns[11], ParquetEncoding.Plain, MaxRows, pageRows)];
        _uints = new(Columns[12], ParquetEncoding.DeltaBinaryPacked, MaxRows, pageRows);
        _writer = new ParquetWriter(_sink, "table", Columns, [new("key", "größe")], zstdLevel);
    }

    /// <summary>Writes a row group: runs of rows, the same in all columns of a type.</summary>
    public void Write(IReadOnlyList<TestRun> runs)
    {
        foreach (var run in runs)
        {
            var text = Encoding.UTF8.GetBytes(run.Text);
            foreach (var dictionary in _dictionaries)
                dictionary.Add(text, run.Rows);
            for (var row = 0; row < run.Rows; row++)
            {
                foreach (var column in _texts)
                    column.Add(text);
                foreach (var column in _longs)
                    column.Add(run.Number);
                foreach (var column in _ints)
                    column.Add((int)run.Number);
                _uints.Add((uint)run.Number);
            }
            _values.Add([.. Enumerable.Repeat(run.Value, run.Rows)]);
        }
        _writer.WriteRowGroup(runs.Sum(run => run.Rows), [.. _dictionaries, .. _texts, .. _longs, .. _ints, _uints, _values]);
    }

    /// <summary>Ends the file and gives its bytes.</summary>
    public byte[] Finish()
    {
        using var end = _writer.Finish();
        _sink.Write(end.WrittenSpan);
        return _sink.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var column in (ColumnBuffer[])[.. _dictionaries, .. _texts, .. _longs, .. _ints, _uints, _values])
            column.Dispose();
        _writer.Dispose();
        _sink.Dispose();
    }

    /// <summary>Reads rows of a row group by our reader.</summary>
    public static IEnumerable<string?[]> ReadRows(ParquetReader reader, int group, int firstRow, int rows)
    {
        var columns = Columns.Select((column, index) => ReadColumn(reader, group, index, firstRow, rows)).ToArray();
        return Enumerable.Range(0, rows).Select(row => columns.Select(column => column[row]).ToArray());
    }

    /// <summary>Reads a row of one column by our reader.</summary>
    public static string? ReadRow(ParquetReader reader, int column, int row) => ReadColumn(reader, 0, column, row, 1)[0];

    /// <summary>Reads the footer.</summary>
    public static FileMetadata ReadMetadata(byte[] file)
    {
        var length = BitConverter.ToInt32(file.AsSpan(file.Length - 8));
        return length >= 0 && length <= file.Length - 8
            ? FileMetadata.Read(file.AsSpan(file.Length - 8 - length, length), file.Length - 8 - length)
            : throw new InvalidDataException($"a footer of {length} bytes");
    }

    /// <summary>Reads the file's rows, each as one text of all its columns, null for a missing text.</summary>
    public static List<string?[]> Read(byte[] file)
    {
        using var stream = new MemoryStream(file);
        using var source = new ManagedRandomAccessFile(stream);
        using var properties = ReaderProperties.GetDefaultReaderProperties();
        properties.EnablePageChecksumVerification();
        using var reader = new ParquetFileReader(source, properties);
        var rows = new List<string?[]>();
        for (var i = 0; i < reader.FileMetaData.NumRowGroups; i++)
        {
            using var group = reader.RowGroup(i);
            var count = (int)group.MetaData.NumRows;
            var columns = Columns.Select((column, index) => ReadColumn(group, column, index, count)).ToArray();
            rows.AddRange(Enumerable.Range(0, count).Select(row => columns.Select(column => column[row]).ToArray()));
        }
        return rows;
    }

    /// <summary>The rows that <see cref="Read"/> must give for runs.</summary>
    public static IEnumerable<string?[]> Expected(IEnumerable<TestRun> runs) => runs.SelectMany(run =>
    {
        var row = Columns.Select(column => column switch
        {
            { Type: ParquetType.Double } => Bits(run.Value),
            { Type: ParquetType.Int64 } => $"{run.Number}",
            { Type: ParquetType.Int32 } => $"{(int)run.Number}",
            _ => run.Text.Length == 0 && column.IsOptional ? null : run.Text,
        }).ToArray();
        return Enumerable.Repeat(row, run.Rows);
    });

    private static ParquetColumn Text(string name) => new(name, ParquetType.ByteArray, ParquetMeaning.Text);

    private static string Bits(double value) => $"{BitConverter.DoubleToInt64Bits(value):x16}";

    private static string?[] ReadColumn(RowGroupReader group, ParquetColumn column, int index, int rows) => column.Type switch
    {
        ParquetType.Double => [.. ParquetSharpRows.Read<double>(group, index, 0, rows).Select(Bits)],
        ParquetType.Int64 => [.. ParquetSharpRows.Read<long>(group, index, 0, rows).Select(value => $"{value}")],
        ParquetType.Int32 => [.. ParquetSharpRows.Read<int>(group, index, 0, rows).Select(value => $"{value}")],
        _ => [.. ParquetSharpRows.ReadTexts(group, index, 0, rows).Select(text => text.Length == 0 && column.IsOptional ? null : Encoding.UTF8.GetString(text))],
    };

    private static string?[] ReadColumn(ParquetReader reader, int group, int index, int firstRow, int rows)
    {
        var column = Columns[index];
        switch (column.Type)
        {
            case ParquetType.Double:
                var doubles = new double[rows];
                reader.ReadDoubles(group, index, firstRow, doubles);
                return [.. doubles.Select(Bits)];
            case ParquetType.Int64:
                var longs = new long[rows];
                reader.ReadIntegers<long>(group, index, firstRow, longs);
                return [.. longs.Select(value => $"{value}")];
            case ParquetType.Int32:
                var ints = new int[rows];
                reader.ReadIntegers<int>(group, index, firstRow, ints);
                return [.. ints.Select(value => $"{value}")];
            default:
                using (var texts = new TextRows())
                {
                    reader.ReadTexts(group, index, firstRow, rows, texts);
                    var found = new List<string?>();
                    foreach (var run in texts.Runs)
                        found.AddRange(Enumerable.Repeat(run.Text < 0 ? null : Encoding.UTF8.GetString(texts[run.Text]), run.Rows));
                    return [.. found];
                }
        }
    }

    private sealed class MemorySink : IByteSink, IDisposable
    {
        private readonly PooledBuffer _bytes = new();

        public long Length => _bytes.Length;

        public void Write(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

        public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

        public void Dispose() => _bytes.Dispose();
    }
}

/// <summary>Rows that are the same.</summary>
internal sealed record TestRun(string Text, long Number, double Value, int Rows);
