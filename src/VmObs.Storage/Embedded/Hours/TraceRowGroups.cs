using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads row groups of a trace file: spans as canonical records, and where a trace lies.</summary>
/// <remarks>Not thread-safe. The file stays the caller's to dispose.</remarks>
internal sealed class TraceRowGroups(ParquetFile file) : IDisposable
{
    private readonly TextRows[] _texts = [.. Enumerable.Range(0, TraceColumns.Texts).Select(_ => new TextRows())];
    private readonly TextRows _none = new();
    private readonly PooledBuffer _record = new();

    // What sums a trace up needs none of these, which are most of a span's bytes.
    private static readonly int[] s_long =
    [
        TraceColumns.FirstSpanTextIndex + (int)SpanText.Attributes, TraceColumns.FirstSpanTextIndex + (int)SpanText.Events,
        TraceColumns.FirstSpanTextIndex + (int)SpanText.Links, TraceColumns.FirstSpanTextIndex + (int)SpanText.Resource,
    ];

    /// <summary>The row groups that did not expire.</summary>
    public IEnumerable<int> Remaining => Enumerable.Range(0, file.RowGroups.Count).Where(group => !file.IsGone(group));

    /// <summary>The records of some rows.</summary>
    /// <param name="group">The row group.</param>
    /// <param name="rows">The rows, ascending; at least one range.</param>
    /// <param name="withLongTexts">Whether attributes, events, links and resource are wanted; without they are empty.</param>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public List<(TraceKey Key, byte[] Record)> ReadSpans(int group, RowRange[] rows, bool withLongTexts) =>
        file.Read(group, () => ReadRows(group, rows, withLongTexts));

    /// <summary>Which rows are which trace's.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public TraceRows ReadTraces(int group) => file.Read(group, () =>
    {
        var texts = Texts(group, TraceColumns.TraceIdIndex, [All(group)]);
        var (ids, ends, row) = (new List<TraceId>(), new List<int>(), 0);
        ReadOnlySpan<byte> last = default;
        foreach (var run in texts.Runs)
        {
            var id = texts[run.Text];
            row += run.Rows;
            if (ids.Count > 0 && id.SequenceEqual(last))
            {
                ends[^1] = row;
                continue;
            }
            ids.Add(ParseTraceId(id));
            ends.Add(row);
            last = id;
        }
        return new TraceRows([.. ids], [.. ends]);
    });

    /// <summary>Times and outcomes of the traces of a row group.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public TraceOutlines ReadOutlines(int group, TraceRows traces) => file.Read(group, () =>
    {
        var rows = file.RowGroups[group].Rows;
        var (starts, ends, failed) = (ArrayPool<long>.Shared.Rent(rows), ArrayPool<long>.Shared.Rent(rows), ArrayPool<bool>.Shared.Rent(rows));
        try
        {
            ParquetTable.ReadTimes(file.Reader, group, (TraceColumns.StartIndex, TraceColumns.StartNanosIndex), 0, starts.AsSpan(0, rows));
            file.Reader.ReadIntegers(group, TraceColumns.DurationIndex, 0, ends.AsSpan(0, rows));
            // The difference of two times may not fit; added again it is right.
            for (var row = 0; row < rows; row++)
                ends[row] = unchecked(starts[row] + ends[row]);
            ReadFailed(group, failed.AsSpan(0, rows));
            return Outline(traces, starts, ends, failed);
        }
        finally
        {
            ArrayPool<long>.Shared.Return(starts);
            ArrayPool<long>.Shared.Return(ends);
            ArrayPool<bool>.Shared.Return(failed);
        }
    });

    /// <summary>All rows.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public List<(TraceKey Key, byte[] Record)> ReadAll(int group) => file.Read(group, () => ReadRows(group, [All(group)], withLongTexts: true));

    /// <summary>Whether any span failed, and the traces of the first and last row.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public (bool HasError, TraceKey First, TraceKey Last) ReadEnds(int group) => file.Read(group, () =>
    {
        var rows = file.RowGroups[group].Rows;
        var statuses = Texts(group, TraceColumns.StatusIndex, [All(group)]);
        var hasError = false;
        foreach (var run in statuses.Runs)
            hasError |= statuses[run.Text].SequenceEqual(TraceColumns.StatusName(SpanStatus.Error));
        return (hasError, ReadKey(group, 0), ReadKey(group, rows - 1));
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var texts in _texts)
            texts.Dispose();
        _none.Dispose();
        _record.Dispose();
    }

    private TraceKey ReadKey(int group, int row)
    {
        var ids = Texts(group, TraceColumns.TraceIdIndex, [new RowRange(row, 1)]);
        var decision = new long[1];
        file.Reader.ReadIntegers<long>(group, TraceColumns.DecisionIndex, row, decision);
        return new TraceKey(ParseTraceId(ids[ids.Runs[0].Text]), decision[0]);
    }

    private RowRange All(int group) => new(0, file.RowGroups[group].Rows);

    private void ReadFailed(int group, Span<bool> failed)
    {
        var statuses = Texts(group, TraceColumns.StatusIndex, [All(group)]);
        foreach (var run in statuses.Runs)
        {
            failed[..run.Rows].Fill(statuses[run.Text].SequenceEqual(TraceColumns.StatusName(SpanStatus.Error)));
            failed = failed[run.Rows..];
        }
    }

    private static TraceOutlines Outline(TraceRows traces, long[] starts, long[] ends, bool[] failed)
    {
        var count = traces.Ids.Length;
        var (firsts, lasts, anyFailed) = (new long[count], new long[count], new bool[count]);
        for (var trace = 0; trace < count; trace++)
        {
            var (first, last, any) = (long.MaxValue, long.MinValue, false);
            for (var (row, end) = (traces[trace].First, traces[trace].End); row < end; row++)
            {
                first = Math.Min(first, starts[row]);
                last = Math.Max(last, ends[row]);
                any |= failed[row];
            }
            (firsts[trace], lasts[trace], anyFailed[trace]) = (first, last, any);
        }
        return new TraceOutlines(firsts, lasts, anyFailed);
    }

    private TextRows Texts(int group, int column, ReadOnlySpan<RowRange> rows)
    {
        file.Reader.ReadTexts(group, column, rows, _texts[column]);
        return _texts[column];
    }

    /// <summary>Rebuilds the canonical records of rows.</summary>
    private List<(TraceKey Key, byte[] Record)> ReadRows(int group, RowRange[] rows, bool withLongTexts)
    {
        var count = rows.Sum(static range => range.Count);
        var texts = new TextRows.Cursor[TraceColumns.Texts];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = !withLongTexts && s_long.Contains(i) ? None(count) : Texts(group, i, rows).Rows();
        var decisions = Read<long>(group, TraceColumns.DecisionIndex, rows, count);
        var starts = new long[count];
        ParquetTable.ReadTimes(file.Reader, group, (TraceColumns.StartIndex, TraceColumns.StartNanosIndex), rows, starts);
        var durations = Read<long>(group, TraceColumns.DurationIndex, rows, count);
        var flags = Read<int>(group, TraceColumns.FlagsIndex, rows, count);
        var found = new List<(TraceKey, byte[])>(count);
        for (var row = 0; row < count; row++)
        {
            foreach (ref var text in texts.AsSpan())
                text.Next();
            var id = ParseTraceId(texts[TraceColumns.TraceIdIndex].Bytes);
            _record.Clear();
            SpanRecordWriter.Begin(_record, new SpanHead(
                id, ParseSpanId(texts[TraceColumns.SpanIdIndex].Bytes), ParseParentId(texts[TraceColumns.ParentSpanIdIndex].Bytes), starts[row],
                // The difference of two times may not fit; added again it is right.
                unchecked(starts[row] + durations[row]), TraceColumns.ParseKind(texts[TraceColumns.KindIndex].Bytes),
                TraceColumns.ParseStatus(texts[TraceColumns.StatusIndex].Bytes), (uint)flags[row]));
            for (var text = 0; text < TraceColumns.SpanTexts; text++)
                SpanRecordWriter.WriteText(_record, texts[TraceColumns.FirstSpanTextIndex + text].Bytes);
            found.Add((new TraceKey(id, decisions[row]), _record.WrittenSpan.ToArray()));
        }
        return found;
    }

    // Rows that have no text.
    private TextRows.Cursor None(int rows)
    {
        _none.Clear();
        _none.AddRows(TextRun.None, rows);
        return _none.Rows();
    }

    private T[] Read<T>(int group, int column, ReadOnlySpan<RowRange> rows, int count)
        where T : unmanaged, IBinaryInteger<T>
    {
        var values = new T[count];
        file.Reader.ReadIntegers<T>(group, column, rows, values);
        return values;
    }

    /// <summary>The id of a row's text.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static TraceId ParseTraceId(ReadOnlySpan<byte> hex)
    {
        if (hex.Length == 32 && TryParseHex(hex[..16], out var high) && TryParseHex(hex[16..], out var low))
            return new TraceId(high, low);
        throw new InvalidDataException($"trace_id \"{Encoding.UTF8.GetString(hex)}\"");
    }

    private static ulong ParseParentId(ReadOnlySpan<byte> hex) => hex.IsEmpty ? 0 : ParseSpanId(hex);

    private static ulong ParseSpanId(ReadOnlySpan<byte> hex) =>
        hex.Length == 16 && TryParseHex(hex, out var id) ? id : throw new InvalidDataException($"span id \"{Encoding.UTF8.GetString(hex)}\"");

    // Lower case only: two spellings would be two ids to SQL.
    private static bool TryParseHex(ReadOnlySpan<byte> hex, out ulong value)
    {
        value = 0;
        return !hex.ContainsAnyInRange((byte)'A', (byte)'F') && ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
