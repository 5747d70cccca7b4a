using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads row groups of a trace file for a search: of most columns nothing.</summary>
/// <remarks>Not thread-safe; takes the index over. The file stays the caller's.</remarks>
/// <param name="index">Finds traces in the file.</param>
/// <param name="matcher">Says which spans are asked for.</param>
internal sealed class TraceFileScan(TraceFileIndex index, TraceMatcher matcher) : IDisposable
{
    private readonly TextRows _services = new();
    private readonly TextRows _names = new();
    private readonly TextRows _attributes = new();
    private readonly TextRows _resources = new();
    private bool[] _asked = [];

    /// <summary>Reads a row group; null where nothing of it can be of interest.</summary>
    /// <exception cref="Disk.DamagedFileException">The row group is not what was written.</exception>
    public SpanRowGroup? Read(int group) => index.File.Read(group, () =>
    {
        // Where no row is one, the others count only if parts of their traces elsewhere need what they say.
        if (matcher.AsksForSpan && !AskFor(group, index.File.RowGroups[group].Rows) && matcher.MatchesByTheSpanAlone)
            return null;
        var traces = index.TracesOf(group);
        return new SpanRowGroup(traces, index.OutlinesOf(group, traces), matcher.AsksForSpan ? AskedFor(traces) : null)
        {
            Records = matcher.Query.Filter is null ? null : index.SpansOf(group),
        };
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var texts in (ReadOnlySpan<TextRows>)[_services, _names, _attributes, _resources])
            texts.Dispose();
        index.Dispose();
    }

    // Marks the rows that are asked for; false where none is.
    private bool AskFor(int group, int rows)
    {
        if (_asked.Length < rows)
            _asked = new bool[rows];
        var asked = _asked.AsSpan(0, rows);
        asked.Fill(true);
        var any = Restrict(group, TraceColumns.FirstSpanTextIndex + (int)SpanText.Service, _services, matcher.Service, asked)
            && Restrict(group, TraceColumns.FirstSpanTextIndex + (int)SpanText.Name, _names, matcher.Name, asked)
            && (!matcher.AsksForTags || RestrictToTags(group, asked));
        if (!any)
            asked.Clear();
        return any;
    }

    private bool[] AskedFor(TraceRows traces)
    {
        var asked = new bool[traces.Ids.Length];
        for (var trace = 0; trace < asked.Length; trace++)
        {
            var rows = traces[trace];
            asked[trace] = _asked.AsSpan(rows.First, rows.Count).Contains(true);
        }
        return asked;
    }

    private bool Restrict(int group, int column, TextRows texts, ReadOnlyMemory<byte>? wanted, Span<bool> asked)
    {
        if (wanted is not { } text)
            return true;
        var chunk = index.File.RowGroups[group].Chunks[column];
        if (!chunk.MayHold(text.Span))
            return false;
        matcher.Query.Budget.Read(chunk.Bytes);
        index.File.Reader.ReadTexts(group, column, 0, asked.Length, texts);
        var (row, any) = (0, false);
        foreach (var run in texts.Runs)
        {
            if (!texts[run.Text].SequenceEqual(text.Span))
                asked.Slice(row, run.Rows).Clear();
            else
                any = any || asked.Slice(row, run.Rows).Contains(true);
            row += run.Rows;
        }
        return any;
    }

    private bool RestrictToTags(int group, Span<bool> asked)
    {
        const int attributes = TraceColumns.FirstSpanTextIndex + (int)SpanText.Attributes, resource = TraceColumns.FirstSpanTextIndex + (int)SpanText.Resource;
        matcher.Query.Budget.Read((long)index.File.RowGroups[group].Chunks[attributes].Bytes + index.File.RowGroups[group].Chunks[resource].Bytes);
        index.File.Reader.ReadTexts(group, attributes, 0, asked.Length, _attributes);
        index.File.Reader.ReadTexts(group, resource, 0, asked.Length, _resources);
        var (own, shared, any) = (_attributes.Rows(), _resources.Rows(), false);
        for (var row = 0; row < asked.Length; row++)
        {
            own.Next();
            shared.Next();
            asked[row] = asked[row] && matcher.MatchesTags(own.Bytes, shared.Bytes);
            any |= asked[row];
        }
        return any;
    }
}
