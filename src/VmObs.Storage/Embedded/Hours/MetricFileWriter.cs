using System.Text.Encodings.Web;
using System.Text.Json;
using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What a finished metric file holds.</summary>
internal sealed record MetricFileSummary(Digest ContentHash, long Length, Digest RecordsRoot, long Series, long Samples);

/// <summary>Writes a metric file: a row a sample, by series and time. Format: docs/format/metrics.md.</summary>
/// <remarks>Not thread-safe; one row group is in memory. The file stays the caller's to dispose.</remarks>
internal sealed class MetricFileWriter : IDisposable
{
    private readonly HashingStream _stream;
    private readonly ManagedOutputStream _output;
    private readonly WriterProperties _properties;
    private readonly GroupNode _schema;
    private readonly ParquetFileWriter _writer;
    private readonly PinnedTexts _texts = new();
    private readonly PooledBuffer _scratch = new();
    private readonly PooledBuffer _labels = new();
    private readonly Utf8JsonWriter _json;
    private readonly MerkleFrontier<Blake3MerkleHash> _tree = new();
    private readonly ByteArray[][] _textColumns;
    private readonly long[] _milliseconds = new long[ParquetTable.RowGroupRows];
    private readonly int[] _nanos = new int[ParquetTable.RowGroupRows];
    private readonly double[] _values = new double[ParquetTable.RowGroupRows];
    private readonly PooledBuffer _lastKey = new();
    private int _rows;
    private long _samples;

    /// <summary>Begins a new, empty file.</summary>
    public MetricFileWriter(DiskFile file)
    {
        _stream = new HashingStream(file);
        _output = new ManagedOutputStream(_stream, leaveOpen: true);
        _properties = ParquetTable.Properties(MetricColumns.Texts, [MetricColumns.Timestamp], [MetricColumns.Nanos, MetricColumns.Value]);
        _schema = MetricColumns.Schema();
        _writer = new ParquetFileWriter(_output, _schema, _properties, new Dictionary<string, string> { [ParquetTable.FormatKey] = MetricColumns.Format });
        _textColumns = [.. MetricColumns.Texts.Select(_ => new ByteArray[ParquetTable.RowGroupRows])];
        // Labels are for people and SQL: only what JSON demands is escaped.
        _json = new Utf8JsonWriter(_labels, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Writes a series.</summary>
    /// <param name="key">Canonical label set in UTF-8; greater than the one before.</param>
    /// <param name="kind">What the samples mean.</param>
    /// <param name="unit">UTF-8; empty when not given.</param>
    /// <param name="timestampsUnixNanos">Ascending, at least one.</param>
    /// <param name="values">As many.</param>
    public void WriteSeries(
        ReadOnlySpan<byte> key, MetricKind kind, ReadOnlySpan<byte> unit, ReadOnlySpan<long> timestampsUnixNanos, ReadOnlySpan<double> values)
    {
        if (_tree.Size > 0 && key.SequenceCompareTo(_lastKey.WrittenSpan) <= 0)
            throw new InvalidOperationException("BUG: series must come in ascending order of their keys");
        if (timestampsUnixNanos.IsEmpty || timestampsUnixNanos.Length != values.Length)
            throw new ArgumentException($"BUG: a series with {timestampsUnixNanos.Length} times and {values.Length} values", nameof(values));
        _lastKey.Clear();
        _lastKey.Write(key);
        _tree.Append(MetricLeaf.Hash(_scratch, key, kind, unit, timestampsUnixNanos, values));
        _samples += timestampsUnixNanos.Length;
        while (!timestampsUnixNanos.IsEmpty)
        {
            var take = Math.Min(ParquetTable.RowGroupRows - _rows, timestampsUnixNanos.Length);
            AddTexts(key, kind, unit, take);
            for (var i = 0; i < take; i++)
                (_milliseconds[_rows + i], _nanos[_rows + i]) = ParquetTable.Split(timestampsUnixNanos[i]);
            values[..take].CopyTo(_values.AsSpan(_rows));
            _rows += take;
            timestampsUnixNanos = timestampsUnixNanos[take..];
            values = values[take..];
            if (_rows == ParquetTable.RowGroupRows || _texts.Length >= ParquetTable.RowGroupTextBytes)
                WriteRowGroup();
        }
    }

    /// <summary>Writes the footer and brings everything to the disk; nothing may follow.</summary>
    public MetricFileSummary Finish()
    {
        WriteRowGroup();
        _stream.BeginEnd();
        ParquetTable.Guard(_stream, _writer.Close);
        var hash = _stream.Finish();
        return new MetricFileSummary(hash, _stream.Length, _tree.Root(), _tree.Size, _samples);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _writer.Dispose();
        _schema.Dispose();
        _properties.Dispose();
        _output.Dispose();
        _stream.Dispose();
        _scratch.Dispose();
        _lastKey.Dispose();
        _labels.Dispose();
    }

    private void AddTexts(ReadOnlySpan<byte> key, MetricKind kind, ReadOnlySpan<byte> unit, int rows)
    {
        _labels.Clear();
        _json.Reset();
        _json.WriteStartObject();
        var labels = new LabelKeyReader(key);
        while (labels.Next())
        {
            if (!labels.Name.SequenceEqual("__name__"u8))
                _json.WriteString(labels.Name, labels.Value);
        }
        _json.WriteEndObject();
        _json.Flush();
        Fill(0, LabelKey.ValueOf(key, "__name__"u8), rows);
        Fill(1, _labels.WrittenSpan, rows);
        Fill(2, LabelKey.ValueOf(key, "node"u8), rows);
        Fill(3, LabelKey.ValueOf(key, "service"u8), rows);
        Fill(4, MetricColumns.KindName(kind), rows);
        Fill(5, unit, rows);
    }

    private void Fill(int column, ReadOnlySpan<byte> text, int rows) => _textColumns[column].AsSpan(_rows, rows).Fill(_texts.Add(text));

    private void WriteRowGroup()
    {
        if (_rows == 0)
            return;
        ParquetTable.Guard(_stream, () =>
        {
            using var group = _writer.AppendRowGroup();
            foreach (var column in _textColumns)
                ParquetTable.Write<ByteArray>(group, column.AsSpan(0, _rows));
            ParquetTable.Write<long>(group, _milliseconds.AsSpan(0, _rows));
            ParquetTable.Write<int>(group, _nanos.AsSpan(0, _rows));
            ParquetTable.Write<double>(group, _values.AsSpan(0, _rows));
            group.Close();
        });
        _texts.Clear();
        _rows = 0;
    }
}
