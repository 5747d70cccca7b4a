using System.Text.Json;
using ParquetSharp;
using Encoding = System.Text.Encoding;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What reading a whole metric file found.</summary>
internal sealed record MetricFileCheck(Digest RecordsRoot, long Series, long Samples, IReadOnlyList<string> Nodes, IReadOnlyList<string> Findings);

/// <summary>Reads metric files. Format: docs/format/metrics.md.</summary>
internal static class MetricFileReader
{
    /// <summary>All series of the file with all their samples, in order of their keys.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static IEnumerable<SeriesSamples> ReadAll(DiskFile file)
    {
        // A series may go on in the next row group, so the last one of each waits for it.
        PartialSeries? open = null;
        foreach (var group in ParquetTable.ReadGroups(file, ReadGroup))
        {
            foreach (var part in group)
            {
                if (open is not null && open.Key.AsSpan().SequenceEqual(part.Key))
                {
                    open.Timestamps.AddRange(part.Timestamps);
                    open.Values.AddRange(part.Values);
                    continue;
                }
                if (open is not null)
                    yield return open.ToSamples();
                open = part;
            }
        }
        if (open is not null)
            yield return open.ToSamples();
    }

    /// <summary>Reads everything and computes what its receipt says.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static MetricFileCheck Verify(DiskFile file)
    {
        using var scratch = new PooledBuffer();
        var leaves = new List<Digest>();
        var nodes = new SortedSet<string>(StringComparer.Ordinal);
        var findings = new List<string>();
        byte[] last = [];
        long samples = 0;
        foreach (var series in ReadAll(file))
        {
            if (leaves.Count > 0 && series.Key.Span.SequenceCompareTo(last) <= 0)
                findings.Add($"{file.Path}: series {leaves.Count} does not come after the one before it");
            var times = series.TimestampsUnixNanos.Span;
            for (var i = 1; i < times.Length; i++)
            {
                if (times[i] >= times[i - 1])
                    continue;
                findings.Add($"{file.Path}: series {leaves.Count}: sample {i} at {Rfc3339.Format(times[i])} comes after one at {Rfc3339.Format(times[i - 1])}");
                break;
            }
            leaves.Add(MetricLeaf.Hash(scratch, series.Key.Span, series.Kind, Encoding.UTF8.GetBytes(series.Unit), times, series.Values.Span));
            nodes.Add(Encoding.UTF8.GetString(LabelKey.ValueOf(series.Key.Span, "node"u8)));
            samples += times.Length;
            last = series.Key.ToArray();
        }
        nodes.Remove("");
        return new MetricFileCheck(RecordsTree.Root(leaves), leaves.Count, samples, [.. nodes], findings);
    }

    private static List<PartialSeries> ReadGroup(RowGroupReader group)
    {
        var names = ParquetTable.ReadTexts(group, 0);
        var labels = ParquetTable.ReadTexts(group, 1);
        var kinds = ParquetTable.ReadTexts(group, 4);
        var units = ParquetTable.ReadTexts(group, 5);
        var milliseconds = ParquetTable.Read<long>(group, MetricColumns.TimestampIndex);
        var nanos = ParquetTable.Read<int>(group, MetricColumns.NanosIndex);
        var values = ParquetTable.Read<double>(group, MetricColumns.ValueIndex);
        var series = new List<PartialSeries>();
        for (var row = 0; row < names.Length; row++)
        {
            // Equal neighbours share one array.
            if (row == 0 || !ReferenceEquals(names[row], names[row - 1]) || !ReferenceEquals(labels[row], labels[row - 1]))
                series.Add(new PartialSeries(Key(names[row], labels[row]), MetricColumns.ParseKind(kinds[row]), Encoding.UTF8.GetString(units[row]), [], []));
            series[^1].Timestamps.Add(checked((milliseconds[row] * 1_000_000) + nanos[row]));
            series[^1].Values.Add(values[row]);
        }
        return series;
    }

    private static byte[] Key(byte[] name, byte[] labelsJson)
    {
        using var builder = new LabelKeyBuilder();
        builder.Set("__name__"u8, name);
        var reader = new Utf8JsonReader(labelsJson);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var label = Encoding.UTF8.GetBytes(reader.GetString()!);
            reader.Read();
            builder.Set(label, Encoding.UTF8.GetBytes(reader.GetString()!));
        }
        using var key = new PooledBuffer(256);
        builder.WriteTo(key);
        return key.WrittenSpan.ToArray();
    }

    private sealed record PartialSeries(byte[] Key, MetricKind Kind, string Unit, List<long> Timestamps, List<double> Values)
    {
        public SeriesSamples ToSamples() => new(Key, Kind, Unit, Timestamps.ToArray(), Values.ToArray());
    }
}
