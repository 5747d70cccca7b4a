using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads row groups of a trace file for a search: of most columns nothing.</summary>
/// <remarks>Not thread-safe; whoever creates it disposes it. The file stays the caller's.</remarks>
internal sealed class TraceFileScan : IDisposable
{
    private readonly TraceMatcher _matcher;
    private readonly ParquetFile _file;
    private readonly TraceRowGroups _rows;
    private readonly TextRows _ids = new();
    private readonly TextRows _statuses = new();
    private readonly TextRows _services = new();
    private readonly TextRows _names = new();
    private readonly TextRows _attributes = new();
    private readonly TextRows _resources = new();

    /// <param name="file">The file.</param>
    /// <param name="metadata">Its footer.</param>
    /// <param name="matcher">Says which spans are asked for.</param>
    public TraceFileScan(SealedFile file, FileMetadata metadata, TraceMatcher matcher)
    {
        _matcher = matcher;
        _file = new ParquetFile(file.File, metadata, file.Remains);
        _rows = new TraceRowGroups(_file);
    }

    /// <summary>The row groups that did not expire, class by class: within a class traces stand by id.</summary>
    public static List<List<int>> Classes(SealedFile file, FileMetadata metadata)
    {
        using var opened = new ParquetFile(file.File, metadata, file.Remains);
        var classes = new List<List<int>>();
        ReadOnlySpan<byte> last = default;
        for (var group = 0; group < opened.RowGroups.Count; group++)
        {
            if (opened.IsGone(group))
                continue;
            var bounds = opened.RowGroups[group].Chunks[TraceColumns.TraceIdIndex].Bounds;
            // Where the ids begin anew the other class does; without bounds each row group is walked for itself.
            if (classes.Count == 0 || bounds is null || bounds.Smallest.AsSpan().SequenceCompareTo(last) < 0)
                classes.Add([]);
            classes[^1].Add(group);
            last = bounds is null ? default : bounds.Largest;
        }
        return classes;
    }

    /// <summary>Reads a row group; null where nothing of it can be of interest.</summary>
    /// <exception cref="Disk.DamagedFileException">The row group is not what was written.</exception>
    public SpanRowGroup? Read(int group) => _file.Read(group, () =>
    {
        var rows = _file.RowGroups[group].Rows;
        var asked = AskedFor(group, rows);
        if (asked is null)
            return null;
        _matcher.Query.Budget.Read(NarrowBytes(group));
        var (starts, ends) = ReadTimes(group, rows);
        var records = _matcher.Query.Filter is null ? null : _rows.ReadAll(group).ConvertAll(static row => (ReadOnlyMemory<byte>)row.Record);
        return new SpanRowGroup(ReadTraces(group, rows), starts, ends, ReadFailed(group, rows), asked) { Records = records };
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var texts in (ReadOnlySpan<TextRows>)[_ids, _statuses, _services, _names, _attributes, _resources])
            texts.Dispose();
        _rows.Dispose();
        _file.Dispose();
    }

    private long NarrowBytes(int group)
    {
        var chunks = _file.RowGroups[group].Chunks;
        if (_matcher.Query.Filter is not null)
            return chunks.Sum(static chunk => (long)chunk.Bytes);
        return (long)chunks[TraceColumns.TraceIdIndex].Bytes + chunks[TraceColumns.StartIndex].Bytes + chunks[TraceColumns.StartNanosIndex].Bytes
            + chunks[TraceColumns.DurationIndex].Bytes + chunks[TraceColumns.StatusIndex].Bytes;
    }

    // All rows where the query asks for no span; null where none is one and no part of a trace elsewhere needs what the others say.
    private bool[]? AskedFor(int group, int rows)
    {
        var asked = new bool[rows];
        asked.AsSpan().Fill(true);
        var any = Restrict(group, rows, TraceColumns.FirstSpanTextIndex + (int)SpanText.Service, _services, _matcher.Service, asked)
            && Restrict(group, rows, TraceColumns.FirstSpanTextIndex + (int)SpanText.Name, _names, _matcher.Name, asked);
        if (any && _matcher.AsksForTags)
            any = RestrictToTags(group, rows, asked);
        if (any)
            return asked;
        if (_matcher.MatchesByTheSpanAlone)
            return null;
        asked.AsSpan().Clear();
        return asked;
    }

    private bool Restrict(int group, int rows, int column, TextRows texts, ReadOnlyMemory<byte>? wanted, bool[] asked)
    {
        if (wanted is not { } text)
            return true;
        var chunk = _file.RowGroups[group].Chunks[column];
        if (!chunk.MayHold(text.Span))
            return false;
        _matcher.Query.Budget.Read(chunk.Bytes);
        _file.Reader.ReadTexts(group, column, 0, rows, texts);
        var (row, any) = (0, false);
        foreach (var run in texts.Runs)
        {
            if (!texts[run.Text].SequenceEqual(text.Span))
                asked.AsSpan(row, run.Rows).Clear();
            else
                any = any || asked.AsSpan(row, run.Rows).Contains(true);
            row += run.Rows;
        }
        return any;
    }

    private bool RestrictToTags(int group, int rows, bool[] asked)
    {
        const int attributes = TraceColumns.FirstSpanTextIndex + (int)SpanText.Attributes, resource = TraceColumns.FirstSpanTextIndex + (int)SpanText.Resource;
        _matcher.Query.Budget.Read((long)_file.RowGroups[group].Chunks[attributes].Bytes + _file.RowGroups[group].Chunks[resource].Bytes);
        _file.Reader.ReadTexts(group, attributes, 0, rows, _attributes);
        _file.Reader.ReadTexts(group, resource, 0, rows, _resources);
        var (own, shared, any) = (_attributes.Rows(), _resources.Rows(), false);
        for (var row = 0; row < rows; row++)
        {
            own.Next();
            shared.Next();
            asked[row] = asked[row] && _matcher.MatchesTags(own.Bytes, shared.Bytes);
            any |= asked[row];
        }
        return any;
    }

    private (long[] Starts, long[] Ends) ReadTimes(int group, int rows)
    {
        var (starts, ends) = (new long[rows], new long[rows]);
        ParquetTable.ReadTimes(_file.Reader, group, (TraceColumns.StartIndex, TraceColumns.StartNanosIndex), 0, starts);
        _file.Reader.ReadIntegers<long>(group, TraceColumns.DurationIndex, 0, ends);
        // The difference of two times may not fit; added again it is right.
        for (var row = 0; row < rows; row++)
            ends[row] = unchecked(starts[row] + ends[row]);
        return (starts, ends);
    }

    private bool[] ReadFailed(int group, int rows)
    {
        var failed = new bool[rows];
        _file.Reader.ReadTexts(group, TraceColumns.StatusIndex, 0, rows, _statuses);
        var row = 0;
        foreach (var run in _statuses.Runs)
        {
            if (_statuses[run.Text].SequenceEqual(TraceColumns.StatusName(SpanStatus.Error)))
                failed.AsSpan(row, run.Rows).Fill(true);
            row += run.Rows;
        }
        return failed;
    }

    private List<(TraceId Id, int EndRow)> ReadTraces(int group, int rows)
    {
        _file.Reader.ReadTexts(group, TraceColumns.TraceIdIndex, 0, rows, _ids);
        var traces = new List<(TraceId Id, int EndRow)>();
        var row = 0;
        ReadOnlySpan<byte> last = default;
        foreach (var run in _ids.Runs)
        {
            var id = _ids[run.Text];
            row += run.Rows;
            if (traces.Count > 0 && id.SequenceEqual(last))
                traces[^1] = (traces[^1].Id, row);
            else
                traces.Add((TraceRowGroups.ParseTraceId(id), row));
            last = id;
        }
        return traces;
    }
}
