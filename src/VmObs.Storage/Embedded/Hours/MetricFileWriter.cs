using System.Text.Encodings.Web;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Storage.Disk;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What a finished metric file holds.</summary>
internal sealed record MetricFileSummary(Digest ContentHash, long Length, Digest RecordsRoot, long Series, long Samples);

/// <summary>Writes a metric file: a row a sample, by series and time. Format: docs/format/metrics.md.</summary>
/// <remarks>Not thread-safe; one row group is in memory. The file stays the caller's to dispose.</remarks>
internal sealed class MetricFileWriter : IDisposable
{
    // 4 % smaller files than by level 1, for some 3 ns a sample.
    private const int ZstdLevel = 3;

    private readonly HourTableWriter _table;
    private readonly PooledBuffer _scratch = new();
    private readonly PooledBuffer _labels = new();
    private readonly PooledBuffer _lastKey = new();
    private readonly Utf8JsonWriter _json;
    private readonly MerkleFrontier<Blake3MerkleHash> _tree = new();
    private readonly DictionaryTextColumn[] _texts = [.. MetricColumns.All.Take(MetricColumns.TimestampIndex).Select(column => new DictionaryTextColumn(column))];
    private readonly IntegerColumn<long> _milliseconds = new(MetricColumns.All[MetricColumns.TimestampIndex], ParquetEncoding.DeltaBinaryPacked, ParquetTable.RowGroupRows);
    // Senders stamp many series at once: the same rests come again, and PLAIN lets zstd find them.
    private readonly IntegerColumn<int> _nanos = new(MetricColumns.All[MetricColumns.NanosIndex], ParquetEncoding.Plain, ParquetTable.RowGroupRows);
    private readonly DoubleColumn _values = new(ParquetTable.RowGroupRows);
    private readonly ColumnBuffer[] _columns;
    private int _rows;
    private long _textBytes;
    private long _samples;

    /// <summary>Begins a new, empty file.</summary>
    public MetricFileWriter(DiskFile file, HourFile name)
    {
        _table = new HourTableWriter(file, name, MetricColumns.Table, MetricColumns.All, MetricColumns.Format, ZstdLevel);
        _columns = [.. _texts, _milliseconds, _nanos, _values];
        // Labels are for people and SQL: only what JSON demands is escaped.
        _json = new Utf8JsonWriter(_labels, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
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
            ParquetTable.Split(timestampsUnixNanos[..take], _milliseconds.AddRows(take), _nanos.AddRows(take));
            _values.Add(values[..take]);
            _rows += take;
            timestampsUnixNanos = timestampsUnixNanos[take..];
            values = values[take..];
            if (_rows == ParquetTable.RowGroupRows || _textBytes >= ParquetTable.RowGroupTextBytes)
                WriteRowGroup();
        }
    }

    /// <summary>Writes the footer and brings everything to the disk; nothing may follow.</summary>
    public MetricFileSummary Finish()
    {
        WriteRowGroup();
        var (hash, length) = _table.Finish();
        return new MetricFileSummary(hash, length, _tree.Root(), _tree.Size, _samples);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var column in _columns)
            column.Dispose();
        _json.Dispose();
        _table.Dispose();
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
        Add(MetricColumns.NameIndex, LabelKey.ValueOf(key, "__name__"u8), rows);
        Add(MetricColumns.LabelsIndex, _labels.WrittenSpan, rows);
        Add(MetricColumns.NodeIndex, LabelKey.ValueOf(key, "node"u8), rows);
        Add(MetricColumns.ServiceIndex, LabelKey.ValueOf(key, "service"u8), rows);
        Add(MetricColumns.KindIndex, MetricKindNames.Of(kind), rows);
        Add(MetricColumns.UnitIndex, unit, rows);
    }

    private void Add(int column, ReadOnlySpan<byte> text, int rows)
    {
        _texts[column].Add(text, rows);
        _textBytes += text.Length;
    }

    private void WriteRowGroup()
    {
        if (_rows == 0)
            return;
        _table.WriteRowGroup(_rows, _columns);
        (_rows, _textBytes) = (0, 0);
    }
}
