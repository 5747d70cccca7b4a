using System.Text;
using VmObs.Signals.Labels;
using VmObs.Signals.Ports;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A metric query as a file's reader asks it: of row groups, then of series.</summary>
internal sealed class MetricSelection(MetricQuery query)
{
    private readonly (byte[] Name, byte[] Value)[] _labels = [.. query.Labels.Select(label => (Encoding.UTF8.GetBytes(label.Key), Encoding.UTF8.GetBytes(label.Value)))];

    /// <summary>Whether no label is asked for.</summary>
    public bool IsOfAllSeries => _labels.Length == 0;

    /// <summary>The range, Unix ns: from, inclusive, and to, exclusive.</summary>
    public (long From, long To) Range => (query.FromUnixNanos, query.ToUnixNanos);

    /// <summary>Whether details are asked for.</summary>
    public bool WithDetails => query.WithDetails;

    /// <summary>Whether the row group's statistics leave room for a match.</summary>
    public bool MayMatch(RowGroupMetadata group)
    {
        foreach (var (name, value) in _labels)
        {
            if (ColumnOf(name) is { } column && !group.Chunks[column].MayHold(value))
                return false;
        }
        return ParquetTable.MayOverlap(group.Chunks[MetricColumns.TimestampIndex], query.FromUnixNanos, query.ToUnixNanos);
    }

    /// <summary>Whether a series has the labels asked for; a label asked to be empty must be absent.</summary>
    public bool Matches(ReadOnlySpan<byte> key)
    {
        foreach (var (name, value) in _labels)
        {
            if (!LabelKey.ValueOf(key, name).SequenceEqual(value))
                return false;
        }
        return true;
    }

    private static int? ColumnOf(ReadOnlySpan<byte> label) =>
        label.SequenceEqual("__name__"u8) ? MetricColumns.NameIndex
        : label.SequenceEqual("node"u8) ? MetricColumns.NodeIndex
        : label.SequenceEqual("service"u8) ? MetricColumns.ServiceIndex
        : null;
}
