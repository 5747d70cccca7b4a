using System.Text;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads row groups of a metric file: which series they have, and rows of samples.</summary>
/// <remarks>Not thread-safe. The file stays the caller's to dispose.</remarks>
internal sealed class MetricRowGroups(ParquetFile file) : IDisposable
{
    private readonly TextRows _names = new();
    private readonly TextRows _labels = new();
    private readonly TextRows _kinds = new();
    private readonly TextRows _units = new();
    private readonly LabelKeyBuilder _builder = new();
    private readonly PooledBuffer _key = new(256);
    private byte[] _unescaped = new byte[256];

    /// <summary>Bytes of the file that were read so far.</summary>
    public long BytesRead => file.Reader.BytesRead;

    /// <summary>The row groups as the footer has them.</summary>
    public IReadOnlyList<RowGroupMetadata> All => file.RowGroups;

    /// <summary>The series of a row group in the order of their rows.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public SeriesDirectory ReadSeries(int group) => file.Read(group, () =>
    {
        var rows = All[group].Rows;
        Read(group, MetricColumns.NameIndex, _names);
        Read(group, MetricColumns.LabelsIndex, _labels);
        Read(group, MetricColumns.KindIndex, _kinds);
        Read(group, MetricColumns.UnitIndex, _units);
        var places = new List<SeriesPlace>();
        var names = new RunCursor(_names.Runs);
        var labels = new RunCursor(_labels.Runs);
        var kinds = new RunCursor(_kinds.Runs);
        var units = new RunCursor(_units.Runs);
        var last = (Name: TextRun.None, Labels: TextRun.None, Kind: TextRun.None, Unit: TextRun.None);
        for (int row = 0, count; row < rows; row += count)
        {
            count = Math.Min(Math.Min(names.Left, labels.Left), Math.Min(kinds.Left, units.Left));
            var next = (Name: names.Take(count), Labels: labels.Take(count), Kind: kinds.Take(count), Unit: units.Take(count));
            if (places.Count > 0 && IsSame(_names, last.Name, next.Name) && IsSame(_labels, last.Labels, next.Labels))
            {
                if (!IsSame(_kinds, last.Kind, next.Kind) || !IsSame(_units, last.Unit, next.Unit))
                    throw new InvalidDataException($"kind or unit changes within the series of row {row}");
                places[^1] = places[^1] with { Rows = places[^1].Rows + count };
                continue;
            }
            // Neighbours nearly always have the same unit.
            var unit = places.Count > 0 && last.Unit == next.Unit ? places[^1].Unit : Encoding.UTF8.GetString(_units[next.Unit]);
            places.Add(new SeriesPlace(Key(_names[next.Name], _labels[next.Labels]), MetricColumns.ParseKind(_kinds[next.Kind]), unit, row, count));
            last = next;
        }
        return new SeriesDirectory(places);
    });

    /// <summary>Checks that the two labels that stand in columns of their own, for SQL, are those of the series; nothing of ours reads them but this.</summary>
    /// <exception cref="DamagedFileException">They are not.</exception>
    public void CheckCopies(int group, IReadOnlyList<SeriesPlace> places) => file.Read(group, () =>
    {
        CheckCopy(group, places, MetricColumns.NodeIndex, "node"u8);
        CheckCopy(group, places, MetricColumns.ServiceIndex, "service"u8);
        return places;
    });

    /// <summary>Reads samples.</summary>
    /// <param name="group">The row group.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="times">Gets their times, Unix ns.</param>
    /// <param name="values">Gets as many values.</param>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public void ReadSamples(int group, int firstRow, Memory<long> times, Memory<double> values) => file.Read(group, () =>
    {
        ReadTimes(group, firstRow, times.Span);
        file.Reader.ReadDoubles(group, MetricColumns.ValueIndex, firstRow, values.Span);
        return values;
    });

    /// <summary>Reads times of samples alone.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public void ReadTimes(int group, int firstRow, Memory<long> times) => file.Read(group, () =>
    {
        ReadTimes(group, firstRow, times.Span);
        return times;
    });

    /// <summary>Reads the details of some rows.</summary>
    /// <returns>For each row that has one, its number from the first read; ascending.</returns>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public List<SampleDetail> ReadDetails(int group, int firstRow, int rows) => file.Read(group, () =>
    {
        var details = new List<SampleDetail>();
        // Files of before there were details, and row groups without any, which are nearly all.
        if (All[group].Chunks.Count <= MetricColumns.DetailIndex || All[group].Chunks[MetricColumns.DetailIndex].Nulls == All[group].Rows)
            return details;
        using var texts = new TextRows();
        file.Reader.ReadTexts(group, MetricColumns.DetailIndex, firstRow, rows, texts);
        var row = 0;
        foreach (var run in texts.Runs)
        {
            for (var i = 0; run.Text >= 0 && i < run.Rows; i++)
                details.Add(new SampleDetail(row + i, texts[run.Text].ToArray()));
            row += run.Rows;
        }
        return details;
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        _names.Dispose();
        _labels.Dispose();
        _kinds.Dispose();
        _units.Dispose();
        _builder.Dispose();
        _key.Dispose();
    }

    private void ReadTimes(int group, int firstRow, Span<long> times) =>
        ParquetTable.ReadTimes(file.Reader, group, (MetricColumns.TimestampIndex, MetricColumns.NanosIndex), firstRow, times);

    private void Read(int group, int column, TextRows into) => file.Reader.ReadTexts(group, column, 0, All[group].Rows, into);

    // Without a dictionary one text stands under many numbers.
    private static bool IsSame(TextRows texts, int left, int right) => left == right || texts[left].SequenceEqual(texts[right]);

    private void CheckCopy(int group, IReadOnlyList<SeriesPlace> places, int column, ReadOnlySpan<byte> label)
    {
        Read(group, column, _names);
        var texts = new RunCursor(_names.Runs);
        foreach (var place in places)
        {
            var value = LabelKey.ValueOf(place.Key, label);
            for (int left = place.Rows, count; left > 0; left -= count)
            {
                count = Math.Min(left, texts.Left);
                if (!_names[texts.Take(count)].SequenceEqual(value))
                    throw new InvalidDataException($"another {Encoding.UTF8.GetString(label)} than the labels say in rows {place.FirstRow} to {place.FirstRow + place.Rows - 1}");
            }
        }
    }

    private byte[] Key(ReadOnlySpan<byte> name, ReadOnlySpan<byte> labelsJson)
    {
        _builder.Clear();
        _builder.Set("__name__"u8, name);
        var reader = new Utf8JsonReader(labelsJson);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var label = reader.ValueIsEscaped ? Unescape(ref reader, 0) : reader.ValueSpan;
            var at = reader.ValueIsEscaped ? label.Length : 0;
            reader.Read();
            _builder.Set(label, reader.TokenType != JsonTokenType.String ? throw new InvalidDataException("a label that is not a text")
                : reader.ValueIsEscaped ? Unescape(ref reader, at) : reader.ValueSpan);
        }
        _key.Clear();
        _builder.WriteTo(_key);
        return _key.WrittenSpan.ToArray();
    }

    /// <summary>Unescapes a text behind those that are still used.</summary>
    private ReadOnlySpan<byte> Unescape(ref Utf8JsonReader reader, int at)
    {
        // A larger array, and not a copy: what was unescaped before stays where its span points.
        if (_unescaped.Length - at < reader.ValueSpan.Length)
            _unescaped = new byte[at + (reader.ValueSpan.Length * 2)];
        return _unescaped.AsSpan(at, reader.CopyString(_unescaped.AsSpan(at)));
    }

    /// <summary>Takes rows off runs.</summary>
    private ref struct RunCursor(ReadOnlySpan<TextRun> runs)
    {
        private readonly ReadOnlySpan<TextRun> _runs = runs;
        private int _run;
        private int _taken;

        /// <summary>Rows left of the run; there is one.</summary>
        public readonly int Left => _runs[_run].Rows - _taken;

        /// <summary>Takes so many rows of the run and gives their text.</summary>
        public int Take(int rows)
        {
            var text = _runs[_run].Text;
            _taken += rows;
            if (_taken == _runs[_run].Rows)
                (_run, _taken) = (_run + 1, 0);
            return text;
        }
    }
}
