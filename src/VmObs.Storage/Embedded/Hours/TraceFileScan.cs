using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads row groups of a trace file for a search: of most columns nothing.</summary>
/// <remarks>Not thread-safe; takes the index over. The file stays the caller's.</remarks>
/// <param name="index">Finds traces in the file.</param>
/// <param name="matcher">Says which spans are asked for.</param>
internal sealed class TraceFileScan(TraceFileIndex index, TraceMatcher matcher) : IDisposable
{
    private readonly TextRows _attributes = new();
    private readonly TextRows _resources = new();
    private bool[] _asked = [];

    /// <summary>Reads a row group.</summary>
    /// <exception cref="DamagedFileException">The row group is not what was written.</exception>
    /// <exception cref="QueryLimitException">The query has read more than it may.</exception>
    public SpanRowGroup Read(int group) => index.File.Read(group, () =>
    {
        // Where no row is asked for the others count all the same: parts of their traces elsewhere may have one, and those began when the first part did.
        if (matcher.AsksForSpan)
            AskFor(group, index.File.RowGroups[group].Rows);
        var traces = index.TracesOf(group);
        return new SpanRowGroup(traces, index.OutlinesOf(group, traces), matcher.AsksForSpan ? _asked.AsMemory(0, index.File.RowGroups[group].Rows) : default(ReadOnlyMemory<bool>?))
        {
            Records = matcher.Query.Filter is null ? null : index.SpansOf(group),
        };
    });

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var texts in (ReadOnlySpan<TextRows>)[_attributes, _resources])
            texts.Dispose();
        index.Dispose();
    }

    // Marks the rows that are asked for.
    private void AskFor(int group, int rows)
    {
        if (_asked.Length < rows)
            _asked = new bool[rows];
        var asked = _asked.AsSpan(0, rows);
        asked.Fill(true);
        var any = Restrict(group, TraceColumns.IndexOf(SpanText.Service), matcher.Service, asked)
            && Restrict(group, TraceColumns.IndexOf(SpanText.Name), matcher.Name, asked)
            && (!matcher.AsksForTags || RestrictToTags(group, asked));
        if (!any)
            asked.Clear();
    }

    private bool Restrict(int group, int column, ReadOnlyMemory<byte>? wanted, Span<bool> asked)
    {
        if (wanted is not { } text)
            return true;
        if (!index.File.RowGroups[group].Chunks[column].MayHold(text.Span))
            return false;
        var texts = index.CodesOf(group, column);
        var code = texts.Find(text.Span);
        if (code < 0)
            return false;
        var codes = texts.Codes[..asked.Length];
        var any = false;
        for (var row = 0; row < asked.Length; row++)
        {
            asked[row] &= codes[row] == code;
            any |= asked[row];
        }
        return any;
    }

    private bool RestrictToTags(int group, Span<bool> asked)
    {
        var (attributes, resource) = (TraceColumns.IndexOf(SpanText.Attributes), TraceColumns.IndexOf(SpanText.Resource));
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
