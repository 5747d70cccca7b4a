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

    /// <summary>The rows of a trace; none where the row group has none of it.</summary>
    /// <param name="group">The row group.</param>
    /// <param name="id">32 lower-case hex digits.</param>
    /// <param name="withLongTexts">Whether attributes, events, links and resource are wanted; without they are empty.</param>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public List<(TraceKey Key, byte[] Record)> ReadTrace(int group, byte[] id, bool withLongTexts = true) => file.Read(group, () =>
    {
        if (!file.RowGroups[group].Chunks[TraceColumns.TraceIdIndex].MayHold(id))
            return [];
        var ids = Texts(group, TraceColumns.TraceIdIndex, 0, file.RowGroups[group].Rows);
        // Rows are sorted by trace, so its own lie together.
        var (row, first, end) = (0, 0, 0);
        foreach (var run in ids.Runs)
        {
            if (ids[run.Text].SequenceEqual(id))
                (first, end) = (end == 0 ? row : first, row + run.Rows);
            row += run.Rows;
        }
        return end == 0 ? [] : ReadRows(group, first, end - first, withLongTexts);
    });

    /// <summary>Ids of a range, ascending, each once, up to a limit.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public List<TraceId> ReadIds(int group, TraceId first, TraceId last, int limit) => file.Read(group, () =>
    {
        var ids = Texts(group, TraceColumns.TraceIdIndex, 0, file.RowGroups[group].Rows);
        var found = new List<TraceId>();
        foreach (var run in ids.Runs)
        {
            var id = ParseTraceId(ids[run.Text]);
            if (id > last || found.Count == limit)
                break;
            if (id >= first && (found.Count == 0 || found[^1] != id))
                found.Add(id);
        }
        return found;
    });

    /// <summary>All rows.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public List<(TraceKey Key, byte[] Record)> ReadAll(int group) => file.Read(group, () => ReadRows(group, 0, file.RowGroups[group].Rows, withLongTexts: true));

    /// <summary>Whether any span failed, and the traces of the first and last row.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public (bool HasError, TraceKey First, TraceKey Last) ReadEnds(int group) => file.Read(group, () =>
    {
        var rows = file.RowGroups[group].Rows;
        var statuses = Texts(group, TraceColumns.StatusIndex, 0, rows);
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
        var ids = Texts(group, TraceColumns.TraceIdIndex, row, 1);
        var decision = new long[1];
        file.Reader.ReadIntegers<long>(group, TraceColumns.DecisionIndex, row, decision);
        return new TraceKey(ParseTraceId(ids[ids.Runs[0].Text]), decision[0]);
    }

    private TextRows Texts(int group, int column, int first, int rows)
    {
        file.Reader.ReadTexts(group, column, first, rows, _texts[column]);
        return _texts[column];
    }

    /// <summary>Rebuilds the canonical records of rows.</summary>
    private List<(TraceKey Key, byte[] Record)> ReadRows(int group, int first, int count, bool withLongTexts)
    {
        var texts = new TextRows.Cursor[TraceColumns.Texts];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = !withLongTexts && s_long.Contains(i) ? None(count) : Texts(group, i, first, count).Rows();
        var decisions = Read<long>(group, TraceColumns.DecisionIndex, first, count);
        var starts = new long[count];
        ParquetTable.ReadTimes(file.Reader, group, (TraceColumns.StartIndex, TraceColumns.StartNanosIndex), first, starts);
        var durations = Read<long>(group, TraceColumns.DurationIndex, first, count);
        var flags = Read<int>(group, TraceColumns.FlagsIndex, first, count);
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

    private T[] Read<T>(int group, int column, int first, int count)
        where T : unmanaged, IBinaryInteger<T>
    {
        var values = new T[count];
        file.Reader.ReadIntegers<T>(group, column, first, values);
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
