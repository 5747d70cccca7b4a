using System.Buffers;
using System.Buffers.Binary;
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
    private readonly TextRows?[] _texts = new TextRows?[TraceColumns.Texts];
    private readonly TextRows _none = new();
    private readonly PooledBuffer _record = new();

    // What sums a trace up, and says whether it is one that is asked for without tags, needs none of the other texts, which are most of a span's bytes.
    private static readonly int[] s_summary =
    [
        TraceColumns.TraceIdIndex, TraceColumns.SpanIdIndex, TraceColumns.ParentSpanIdIndex, TraceColumns.KindIndex, TraceColumns.StatusIndex,
        TraceColumns.IndexOf(SpanText.Name), TraceColumns.IndexOf(SpanText.Service), TraceColumns.IndexOf(SpanText.Scope),
    ];

    /// <summary>The row groups that did not expire.</summary>
    public IEnumerable<int> Remaining => Enumerable.Range(0, file.RowGroups.Count).Where(group => !file.IsGone(group));

    /// <summary>The records of some rows.</summary>
    /// <param name="group">The row group.</param>
    /// <param name="rows">The rows, ascending; at least one range.</param>
    /// <param name="withAllTexts">Whether all texts are wanted; without only name, service and scope are there, the others are empty.</param>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public List<byte[]> ReadSpans(int group, RowRange[] rows, bool withAllTexts) => file.Read(group, () => ReadRows(group, rows, withAllTexts));

    /// <summary>The Bloom filter of the ids of traces; null where the row group has none.</summary>
    /// <exception cref="DamagedFileException">It is not what was written.</exception>
    public BloomFilter? ReadFilter(int group) => file.Reader.ReadFilter(group, TraceColumns.TraceIdIndex);

    /// <summary>A column of texts as numbers.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public TextCodes ReadCodes(int group, int column) =>
        file.Read(group, () => TextCodes.Of(Texts(group, column, [All(group)]), file.RowGroups[group].Rows));

    /// <summary>Which rows are which trace's.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public TraceRows ReadTraces(int group) => file.Read(group, () =>
    {
        var texts = Texts(group, TraceColumns.TraceIdIndex, [All(group)]);
        // A trace's rows are several runs where a page ends among them.
        var count = 0;
        for (var run = 0; run < texts.Runs.Length; run++)
            count += IsSame(texts, run) ? 0 : 1;
        var (ids, ends, trace, row) = (GC.AllocateUninitializedArray<TraceId>(count), GC.AllocateUninitializedArray<int>(count), -1, 0);
        for (var run = 0; run < texts.Runs.Length; run++)
        {
            if (!IsSame(texts, run))
                ids[++trace] = ParseTraceId(texts[texts.Runs[run].Text]);
            ends[trace] = row += texts.Runs[run].Rows;
        }
        return new TraceRows(ids, ends);
    });

    /// <summary>Times and outcomes of the traces of a row group.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public TraceOutlines ReadOutlines(int group, TraceRows traces) => file.Read(group, () =>
    {
        var rows = file.RowGroups[group].Rows;
        var (starts, durations, failed) = (ArrayPool<long>.Shared.Rent(rows), ArrayPool<long>.Shared.Rent(rows), ArrayPool<bool>.Shared.Rent(rows));
        try
        {
            ParquetTable.ReadTimes(file.Reader, group, (TraceColumns.StartIndex, TraceColumns.StartNanosIndex), 0, starts.AsSpan(0, rows));
            file.Reader.ReadIntegers(group, TraceColumns.DurationIndex, 0, durations.AsSpan(0, rows));
            ReadFailed(group, failed.AsSpan(0, rows));
            return Outline(traces, starts, durations, failed);
        }
        finally
        {
            ArrayPool<long>.Shared.Return(starts);
            ArrayPool<long>.Shared.Return(durations);
            ArrayPool<bool>.Shared.Return(failed);
        }
    });

    /// <summary>All rows.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    public List<(TraceKey Key, byte[] Record)> ReadAll(int group) => file.Read(group, () =>
    {
        var records = ReadRows(group, [All(group)], withAllTexts: true);
        var decisions = Read<long>(group, TraceColumns.DecisionIndex, [All(group)], records.Count);
        return records.Select((record, row) => (new TraceKey(new SpanRecord(record).TraceId, decisions[row]), record)).ToList();
    });

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
            texts?.Dispose();
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

    // Whether a run has the text of the one before it.
    private static bool IsSame(TextRows texts, int run) => run > 0 && texts[texts.Runs[run].Text].SequenceEqual(texts[texts.Runs[run - 1].Text]);

    private static TraceOutlines Outline(TraceRows traces, ReadOnlySpan<long> starts, ReadOnlySpan<long> durations, ReadOnlySpan<bool> failed)
    {
        var count = traces.Ids.Length;
        var (firsts, lasts, anyFailed) = (new long[count], new long[count], new bool[count]);
        for (var trace = 0; trace < count; trace++)
        {
            var rows = traces[trace];
            var (first, last) = (long.MaxValue, long.MinValue);
            for (var row = rows.First; row < rows.End; row++)
            {
                first = Math.Min(first, starts[row]);
                // The difference of two times may not fit; added again it is right.
                last = Math.Max(last, unchecked(starts[row] + durations[row]));
            }
            (firsts[trace], lasts[trace], anyFailed[trace]) = (first, last, failed.Slice(rows.First, rows.Count).Contains(true));
        }
        return new TraceOutlines(firsts, lasts, anyFailed);
    }

    private TextRows Texts(int group, int column, ReadOnlySpan<RowRange> rows)
    {
        var texts = _texts[column] ??= new TextRows();
        file.Reader.ReadTexts(group, column, rows, texts);
        return texts;
    }

    /// <summary>Rebuilds the canonical records of rows.</summary>
    private List<byte[]> ReadRows(int group, RowRange[] rows, bool withAllTexts)
    {
        var count = rows.Sum(static range => range.Count);
        var texts = new TextRows.Cursor[TraceColumns.Texts];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = !withAllTexts && !s_summary.Contains(i) ? None(count) : Texts(group, i, rows).Rows();
        var starts = new long[count];
        ParquetTable.ReadTimes(file.Reader, group, (TraceColumns.StartIndex, TraceColumns.StartNanosIndex), rows, starts);
        var durations = Read<long>(group, TraceColumns.DurationIndex, rows, count);
        var flags = Read<int>(group, TraceColumns.FlagsIndex, rows, count);
        var found = new List<byte[]>(count);
        for (var row = 0; row < count; row++)
        {
            foreach (ref var text in texts.AsSpan())
                text.Next();
            _record.Clear();
            SpanRecordWriter.Begin(_record, new SpanHead(
                ParseTraceId(texts[TraceColumns.TraceIdIndex].Bytes), ParseSpanId(texts[TraceColumns.SpanIdIndex].Bytes),
                ParseParentId(texts[TraceColumns.ParentSpanIdIndex].Bytes), starts[row],
                // The difference of two times may not fit; added again it is right.
                unchecked(starts[row] + durations[row]), TraceColumns.ParseKind(texts[TraceColumns.KindIndex].Bytes),
                TraceColumns.ParseStatus(texts[TraceColumns.StatusIndex].Bytes), (uint)flags[row]));
            for (var text = 0; text < TraceColumns.SpanTexts; text++)
                SpanRecordWriter.WriteText(_record, texts[TraceColumns.FirstSpanTextIndex + text].Bytes);
            found.Add(_record.WrittenSpan.ToArray());
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

    private static TraceId ParseTraceId(ReadOnlySpan<byte> hex)
    {
        Span<byte> bytes = stackalloc byte[TraceId.Bytes];
        return TryParseHex(hex, bytes) ? TraceId.Read(bytes) : throw new InvalidDataException($"trace_id \"{Encoding.UTF8.GetString(hex)}\"");
    }

    private static ulong ParseParentId(ReadOnlySpan<byte> hex) => hex.IsEmpty ? 0 : ParseSpanId(hex);

    private static ulong ParseSpanId(ReadOnlySpan<byte> hex)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        return TryParseHex(hex, bytes) ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : throw new InvalidDataException($"span id \"{Encoding.UTF8.GetString(hex)}\"");
    }

    // Lower case only: two spellings would be two ids to SQL.
    private static bool TryParseHex(ReadOnlySpan<byte> hex, Span<byte> bytes) =>
        hex.Length == 2 * bytes.Length && !hex.ContainsAnyInRange((byte)'A', (byte)'F') && Convert.FromHexString(hex, bytes, out _, out _) == OperationStatus.Done;
}
