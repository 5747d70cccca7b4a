using ParquetSharp;
using VmObs.Signals.Labels;
using VmObs.Signals.Ports;
using Encoding = System.Text.Encoding;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>A metric query as a file's reader asks it: of row groups, then of series.</summary>
internal sealed class MetricSelection(MetricQuery query)
{
    private readonly (byte[] Name, byte[] Value)[] _labels = [.. query.Labels.Select(label => (Encoding.UTF8.GetBytes(label.Key), Encoding.UTF8.GetBytes(label.Value)))];

    private readonly byte[]? _name = query.Labels.LastOrDefault(label => label.Key == "__name__").Value is { } name ? Encoding.UTF8.GetBytes(name) : null;

    /// <summary>Whether no label is asked for.</summary>
    public bool IsOfAllSeries => _labels.Length == 0;

    /// <summary>Whether details are asked for.</summary>
    public bool WithDetails => query.WithDetails;

    /// <summary>Whether the row group's statistics leave room for a match.</summary>
    public bool MayMatch(RowGroupReader group)
    {
        foreach (var (name, value) in _labels)
        {
            if (ColumnOf(name) is { } column && !ParquetRows.MayHold(group, column, value))
                return false;
        }
        return ParquetRows.MayOverlap(group, MetricColumns.TimestampIndex, query.FromUnixNanos, query.ToUnixNanos);
    }

    /// <summary>Whether a series of this name may be wanted; asked before its labels are read.</summary>
    public bool MatchesName(byte[] name) => _name is null || name.AsSpan().SequenceEqual(_name);

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
