using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Ports;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A metric query as a file's reader asks it: of row groups, then of series.</summary>
internal sealed class MetricSelection(MetricQuery query)
{
    /// <summary>With what keys begin that have a name, unless another label comes before it.</summary>
    public static ReadOnlySpan<byte> NameLabel => "\u0008__name__"u8;

    /// <summary>With what keys of the names asked for begin, in order, unless another label comes before the name; null where any name may match.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? NamePrefixes { get; } = PrefixesOf(query);

    /// <summary>What it may cost.</summary>
    public QueryBudget Budget => query.Budget;

    /// <summary>The range, Unix ns: from, inclusive, and to, exclusive.</summary>
    public (long From, long To) Range => (query.FromUnixNanos, query.ToUnixNanos);

    /// <summary>Whether details are asked for.</summary>
    public bool WithDetails => query.WithDetails;

    /// <summary>Whether the row group's statistics leave room for a match.</summary>
    public bool MayMatch(RowGroupMetadata group)
    {
        foreach (var matcher in query.Matchers)
        {
            if (ColumnOf(matcher.NameUtf8) is { } column && !MayHold(group.Chunks[column], matcher))
                return false;
        }
        return ParquetTable.MayOverlap(group.Chunks[MetricColumns.TimestampIndex], query.FromUnixNanos, query.ToUnixNanos);
    }

    /// <summary>Whether every sample of the row group lies in the range.</summary>
    public bool IsWithinRange(RowGroupMetadata group) =>
        ParquetTable.LiesWithin(group.Chunks[MetricColumns.TimestampIndex], query.FromUnixNanos, query.ToUnixNanos);

    /// <summary>Whether no sample of the row group lies behind the range: a series' last sample of the range is its last one.</summary>
    public bool IsBeforeEnd(RowGroupMetadata group) => ParquetTable.LiesWithin(group.Chunks[MetricColumns.TimestampIndex], long.MinValue, query.ToUnixNanos);

    /// <summary>Whether a series has the labels asked for.</summary>
    public bool Matches(ReadOnlySpan<byte> key) => query.Wants(key);

    private static List<ReadOnlyMemory<byte>>? PrefixesOf(MetricQuery query)
    {
        // An empty value stands for no name.
        var names = query.Matchers.Where(static matcher => matcher.Name == "__name__").Select(static matcher => matcher.Values).FirstOrDefault(static values => values is not null);
        if (names is null || names.Any(static name => name.IsEmpty))
            return null;
        using var labels = new LabelKeyBuilder();
        using var key = new PooledBuffer(256);
        var prefixes = new List<ReadOnlyMemory<byte>>();
        foreach (var name in names)
        {
            labels.Clear();
            key.Clear();
            labels.Set("__name__"u8, name.Span);
            labels.WriteTo(key);
            prefixes.Add(key.WrittenSpan.ToArray());
        }
        prefixes.Sort(static (a, b) => a.Span.SequenceCompareTo(b.Span));
        return prefixes;
    }

    private static bool MayHold(ChunkMetadata chunk, LabelMatcher matcher)
    {
        if (matcher.Values is not { } values)
            return chunk.MayHoldPrefix(matcher.Prefix);
        foreach (var value in values)
        {
            if (chunk.MayHold(value.Span))
                return true;
        }
        return false;
    }

    private static int? ColumnOf(ReadOnlySpan<byte> label) =>
        label.SequenceEqual("__name__"u8) ? MetricColumns.NameIndex
        : label.SequenceEqual("node"u8) ? MetricColumns.NodeIndex
        : label.SequenceEqual("service"u8) ? MetricColumns.ServiceIndex
        : null;
}
