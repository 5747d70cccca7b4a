using System.Text;
using VmObs.Ledger.Remains;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Finds traces in a trace file; what it learns of where they lie serves the next query too.</summary>
/// <remarks>Not thread-safe. The file stays the caller's to dispose.</remarks>
internal sealed class TraceFileIndex : IDisposable
{
    // Beyond these it costs less to read all ids.
    private const int MaxLooks = 8;

    // What a look for an id is charged: a page of ids and the index of the pages, about.
    private const int LookBytes = 16 * 1024;

    private readonly HourFile _name;
    private readonly TraceFileCache _cache;
    private readonly QueryBudget _budget;
    private readonly TraceRowGroups _groups;
    private readonly TraceIdPages _pages;

    /// <param name="file">The file.</param>
    /// <param name="name">Its name, under which the cache knows it.</param>
    /// <param name="remains">What is gone of it.</param>
    /// <param name="cache">What is known of files.</param>
    /// <param name="budget">What the query may cost.</param>
    /// <exception cref="DamagedFileException">The file's footer cannot be read.</exception>
    public TraceFileIndex(DiskFile file, HourFile name, RemainsHead? remains, TraceFileCache cache, QueryBudget budget)
    {
        (_name, _cache, _budget) = (name, cache, budget);
        File = new ParquetFile(file, cache.Footer(name, () => ParquetFile.ReadMetadata(file, TraceColumns.Formats, remains)), remains);
        _groups = new TraceRowGroups(File);
        _pages = new TraceIdPages(File);
    }

    /// <summary>The file.</summary>
    public ParquetFile File { get; }

    /// <summary>The row groups that did not expire, class by class: within a class traces stand by id.</summary>
    public List<List<int>> Classes()
    {
        var classes = new List<List<int>>();
        ReadOnlySpan<byte> last = default;
        foreach (var group in _groups.Remaining)
        {
            var bounds = Ids(group).Bounds;
            // Where the ids begin anew the other class does; without bounds each row group is walked for itself.
            if (classes.Count == 0 || bounds is null || bounds.Smallest.AsSpan().SequenceCompareTo(last) < 0)
                classes.Add([]);
            classes[^1].Add(group);
            last = bounds is null ? default : bounds.Largest;
        }
        return classes;
    }

    /// <summary>Whether a span may be of a service and have a name; null for any.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    /// <exception cref="QueryLimitException">The query has read more than it may.</exception>
    public bool MayHold(ReadOnlyMemory<byte>? service, ReadOnlyMemory<byte>? name) =>
        _groups.Remaining.Any(group => MayHold(group, SpanText.Service, service) && MayHold(group, SpanText.Name, name));

    /// <summary>The spans of some traces as canonical records, row group by row group.</summary>
    /// <param name="ids">The traces, ascending.</param>
    /// <param name="withAllTexts">Whether all texts are wanted; without only name, service and scope are there.</param>
    /// <remarks>Row groups whose statistics exclude the ids are not read, and of the others only the pages of their rows, each once.</remarks>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    /// <exception cref="QueryLimitException">The query has read more than it may.</exception>
    public List<ReadOnlyMemory<byte>> Find(IReadOnlyList<TraceId> ids, bool withAllTexts = true)
    {
        var texts = ids.Select(static id => Encoding.ASCII.GetBytes(id.ToString())).ToArray();
        var found = new List<ReadOnlyMemory<byte>>();
        foreach (var group in _groups.Remaining)
        {
            var wanted = Enumerable.Range(0, texts.Length).Where(i => Ids(group).MayHold(texts[i])).ToArray();
            if (wanted.Length == 0 || File.Read(group, () => RowsOf(group, ids, texts, wanted)) is not { Length: > 0 } rows)
                continue;
            var read = File.Reader.BytesRead;
            found.AddRange(_groups.ReadSpans(group, rows, withAllTexts).Select(static record => (ReadOnlyMemory<byte>)record));
            _budget.Read(File.Reader.BytesRead - read);
        }
        return found;
    }

    /// <summary>Ids of a range that the file has, ascending within each class, at most some of each row group.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    /// <exception cref="QueryLimitException">The query has read more than it may.</exception>
    public List<TraceId> FindIds(TraceId first, TraceId last, int limit)
    {
        var (from, to) = (Encoding.ASCII.GetBytes(first.ToString()), Encoding.ASCII.GetBytes(last.ToString()));
        var found = new List<TraceId>();
        foreach (var group in _groups.Remaining)
        {
            if (Ids(group).Bounds is { } bounds && (to.AsSpan().SequenceCompareTo(bounds.Smallest) < 0 || from.AsSpan().SequenceCompareTo(bounds.Largest) > 0))
                continue;
            var traces = TracesOf(group);
            var ids = traces.Ids[traces.LowerBound(first)..];
            for (var i = 0; i < Math.Min(ids.Length, limit) && ids[i] <= last; i++)
                found.Add(ids[i]);
        }
        return found;
    }

    /// <summary>The traces of a row group. Known or not, they cost the query the same, so that its limit does not depend on those before it.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    /// <exception cref="QueryLimitException">The query has read more than it may.</exception>
    public TraceRows TracesOf(int group)
    {
        _budget.Read(Ids(group).Bytes);
        return _cache.Get(_name, group, TraceColumns.TraceIdIndex, () => _groups.ReadTraces(group), static traces => traces.HeldBytes);
    }

    /// <summary>Times and outcomes of the traces of a row group.</summary>
    /// <inheritdoc cref="TracesOf"/>
    public TraceOutlines OutlinesOf(int group, TraceRows traces)
    {
        var chunks = File.RowGroups[group].Chunks;
        _budget.Read(
            (long)chunks[TraceColumns.StartIndex].Bytes + chunks[TraceColumns.StartNanosIndex].Bytes
            + chunks[TraceColumns.DurationIndex].Bytes + chunks[TraceColumns.StatusIndex].Bytes);
        return _cache.Get(_name, group, TraceColumns.StartIndex, () => _groups.ReadOutlines(group, traces), static outlines => outlines.HeldBytes);
    }

    /// <summary>A column of texts of a row group as numbers.</summary>
    /// <inheritdoc cref="TracesOf"/>
    public TextCodes CodesOf(int group, int column)
    {
        _budget.Read(File.RowGroups[group].Chunks[column].Bytes);
        return _cache.Get(_name, group, column, () => _groups.ReadCodes(group, column), static codes => codes.HeldBytes);
    }

    /// <summary>All records of a row group.</summary>
    /// <inheritdoc cref="TracesOf"/>
    public List<ReadOnlyMemory<byte>> SpansOf(int group)
    {
        _budget.Read(File.RowGroups[group].Chunks.Sum(static chunk => (long)chunk.Bytes));
        return _groups.ReadAll(group).ConvertAll(static row => (ReadOnlyMemory<byte>)row.Record);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _groups.Dispose();
        _pages.Dispose();
        File.Dispose();
    }

    private bool MayHold(int group, SpanText which, ReadOnlyMemory<byte>? text)
    {
        var column = TraceColumns.IndexOf(which);
        return text is not { } wanted || (File.RowGroups[group].Chunks[column].MayHold(wanted.Span) && CodesOf(group, column).Find(wanted.Span) >= 0);
    }

    // Of those that are wanted, where they lie: as it is known, or by single pages.
    private RowRange[] RowsOf(int group, IReadOnlyList<TraceId> ids, byte[][] texts, int[] wanted)
    {
        if (wanted.Length > MaxLooks)
            return TracesOf(group).RowsOf(ids);
        _budget.Read(Math.Min(Ids(group).Bytes, wanted.Length * LookBytes));
        if (_cache.Find<TraceRows>(_name, group, TraceColumns.TraceIdIndex) is { } known)
            return known.RowsOf(ids);
        var rows = new List<RowRange>(wanted.Length);
        foreach (var i in wanted)
        {
            if (!_pages.TryFind(group, texts[i], out var place))
                return TracesOf(group).RowsOf(ids);
            if (place is { } range)
                rows.Add(range);
        }
        return [.. rows];
    }

    private ChunkMetadata Ids(int group) => File.RowGroups[group].Chunks[TraceColumns.TraceIdIndex];
}
