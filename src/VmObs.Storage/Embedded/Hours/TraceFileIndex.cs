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

    /// <summary>Whether a file may hold one of some traces, as far as is known without opening it.</summary>
    /// <param name="name">The file.</param>
    /// <param name="cache">What is known of files.</param>
    /// <param name="traces">The traces.</param>
    public static bool MayHold(HourFile name, TraceFileCache cache, IReadOnlyList<SoughtTrace> traces)
    {
        if (cache.FindFooter(name) is not { } footer)
            return true;
        for (var group = 0; group < footer.RowGroups.Count; group++)
        {
            var chunk = footer.RowGroups[group].Chunks[TraceColumns.TraceIdIndex];
            foreach (var trace in traces)
            {
                if (chunk.MayHold(trace.Text) && cache.Find<BloomFilter>(name, group, TraceColumns.TraceIdIndex)?.MayHold(trace.Hash) != false)
                    return true;
            }
        }
        return false;
    }

    /// <summary>The spans of some traces as canonical records, row group by row group.</summary>
    /// <param name="traces">The traces, ascending.</param>
    /// <param name="withAllTexts">Whether all texts are wanted; without only name, service and scope are there.</param>
    /// <remarks>Row groups whose bounds or filter exclude the traces are not read, and of the others only the pages of their rows, each once.</remarks>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    /// <exception cref="QueryLimitException">The query has read more than it may.</exception>
    public List<ReadOnlyMemory<byte>> Find(IReadOnlyList<SoughtTrace> traces, bool withAllTexts = true)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        foreach (var group in _groups.Remaining)
        {
            if (RowsOf(group, traces) is not { Length: > 0 } rows)
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

    // Where those of some traces lie that are here: as it is known, or by single pages. Filters cost a query nothing, as footers do.
    private RowRange[] RowsOf(int group, IReadOnlyList<SoughtTrace> traces)
    {
        var ids = Ids(group);
        var wanted = traces.Where(trace => ids.MayHold(trace.Text)).ToList();
        if (wanted.Count == 0)
            return [];
        if (FilterOf(group) is { } filter)
            wanted.RemoveAll(trace => !filter.MayHold(trace.Hash));
        if (wanted.Count > MaxLooks)
            return TracesOf(group).RowsOf(wanted);
        _budget.Read(Math.Min(ids.Bytes, wanted.Count * LookBytes));
        return _cache.Find<TraceRows>(_name, group, TraceColumns.TraceIdIndex)?.RowsOf(wanted) ?? File.Read(group, () => Look(group, wanted));
    }

    private RowRange[] Look(int group, List<SoughtTrace> wanted)
    {
        var rows = new List<RowRange>(wanted.Count);
        foreach (var trace in wanted)
        {
            if (!_pages.TryFind(group, trace.Text, out var place))
                return TracesOf(group).RowsOf(wanted);
            if (place is { } range)
                rows.Add(range);
        }
        return [.. rows];
    }

    private BloomFilter? FilterOf(int group)
    {
        if (Ids(group).Filter.Bytes == 0)
            return null;
        return _cache.Get(_name, group, TraceColumns.TraceIdIndex, () => _groups.ReadFilter(group)!, static filter => filter.HeldBytes);
    }

    private ChunkMetadata Ids(int group) => File.RowGroups[group].Chunks[TraceColumns.TraceIdIndex];
}
