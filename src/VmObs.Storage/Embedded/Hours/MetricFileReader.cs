using System.Runtime.InteropServices;
using System.Text.Json;
using ParquetSharp;
using ParquetSharp.Schema;
using VmObs.Ledger.Merkle;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;
using Encoding = System.Text.Encoding;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads metric files. Format: docs/format/metrics.md.</summary>
internal static class MetricFileReader
{
    private static readonly MetricQuery s_all = new(long.MinValue, long.MaxValue, []) { WithDetails = true };

    /// <summary>All series of the file with all their samples, in order of their keys.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static IEnumerable<SeriesSamples> ReadAll(DiskFile file) => Read(file, new MetricSelection(s_all));

    /// <summary>The series that the query names, with their samples of its range, in order of their keys; none without samples.</summary>
    /// <remarks>Row groups whose statistics exclude the query are not read, and of the others only the rows asked for.</remarks>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static IEnumerable<SeriesSamples> Select(DiskFile file, MetricQuery query)
    {
        foreach (var series in Read(file, new MetricSelection(query)))
        {
            var times = series.TimestampsUnixNanos.Span;
            var from = LowerBound(times, query.FromUnixNanos);
            var to = LowerBound(times, query.ToUnixNanos);
            if (from < to)
                yield return series with
                {
                    TimestampsUnixNanos = series.TimestampsUnixNanos[from..to],
                    Values = series.Values[from..to],
                    Details = [.. series.Details.Where(detail => detail.Sample >= from && detail.Sample < to).Select(detail => detail with { Sample = detail.Sample - from })],
                };
        }
    }

    /// <summary>Reads everything and computes what its receipt says.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static MetricFileCheck Verify(DiskFile file)
    {
        using var scratch = new PooledBuffer();
        var tree = new MerkleFrontier<Blake3MerkleHash>();
        var nodes = new SortedSet<string>(StringComparer.Ordinal);
        var findings = new HourFindings(file.Path);
        ReadOnlyMemory<byte> last = default;
        long samples = 0;
        foreach (var series in ReadAll(file))
        {
            if (tree.Size > 0 && series.Key.Span.SequenceCompareTo(last.Span) <= 0)
                findings.Add($"series {tree.Size}", Name(series.Key.Span), $"one that sorts after {Name(last.Span)}");
            var times = series.TimestampsUnixNanos.Span;
            for (var i = 1; i < times.Length; i++)
            {
                if (times[i] >= times[i - 1])
                    continue;
                findings.Add($"series {tree.Size}, sample {i}", Rfc3339.Format(times[i]), $"a time not before {Rfc3339.Format(times[i - 1])}");
                break;
            }
            CheckDetails(series, tree.Size, findings);
            tree.Append(MetricLeaf.Hash(scratch, series.Key.Span, series.Kind, Encoding.UTF8.GetBytes(series.Unit), times, series.Values.Span, [.. series.Details]));
            if (LabelKey.ValueOf(series.Key.Span, "node"u8) is { IsEmpty: false } node)
                nodes.Add(Encoding.UTF8.GetString(node));
            samples += times.Length;
            last = series.Key;
        }
        return new MetricFileCheck(tree.Root(), tree.Size, samples, [.. nodes], findings.ToList());
    }

    private static void CheckDetails(SeriesSamples series, long index, HourFindings findings)
    {
        foreach (var (sample, json) in series.Details)
        {
            if (!IsObject(json.Span))
                findings.Add($"series {index}, sample {sample}", $"a detail of {json.Length} bytes that is not one", $"a JSON object of at most {SampleDetail.MaxBytes} bytes");
        }
    }

    private static bool IsObject(ReadOnlySpan<byte> json)
    {
        if (json.Length > SampleDetail.MaxBytes)
            return false;
        var reader = new Utf8JsonReader(json);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static IEnumerable<SeriesSamples> Read(DiskFile file, MetricSelection selection)
    {
        using var schema = MetricColumns.Schema();
        using var schemaWithoutDetails = MetricColumns.SchemaWithoutDetails();
        (string, GroupNode)[] formats = [(MetricColumns.Format, schema), (MetricColumns.FormatWithoutDetails, schemaWithoutDetails)];
        // A series may go on in the next row group, so the last one of each waits for it.
        PartialSeries? open = null;
        foreach (var group in ParquetFile.ReadGroups(file, formats, (group, rows) => ReadGroup(group, rows, selection)))
        {
            foreach (var part in group)
            {
                if (open is not null && open.TryAppend(part))
                    continue;
                if (open is not null)
                    yield return open.ToSamples();
                open = part;
            }
        }
        if (open is not null)
            yield return open.ToSamples();
    }

    private static List<PartialSeries> ReadGroup(RowGroupReader group, int rows, MetricSelection selection)
    {
        var runs = selection.MayMatch(group) ? Runs(group, rows, selection) : [];
        if (runs.Count == 0)
            return [];
        var first = runs[0].Start;
        var count = runs[^1].Start + runs[^1].Count - first;
        var kinds = ParquetRows.ReadTexts(group, MetricColumns.KindIndex, first, count);
        var units = ParquetRows.ReadTexts(group, MetricColumns.UnitIndex, first, count);
        var milliseconds = ParquetRows.Read<long>(group, MetricColumns.TimestampIndex, first, count);
        var nanos = ParquetRows.Read<int>(group, MetricColumns.NanosIndex, first, count);
        var values = ParquetRows.Read<double>(group, MetricColumns.ValueIndex, first, count);
        var details = selection.WithDetails && group.MetaData.NumColumns > MetricColumns.DetailIndex
            ? ParquetRows.ReadFewTexts(group, MetricColumns.DetailIndex, first, count)
            : [];
        var detail = 0;
        var times = milliseconds;
        for (var i = 0; i < count; i++)
            times[i] = ParquetTable.Join(milliseconds[i], nanos[i]);
        return runs.ConvertAll(run =>
        {
            var rows = new Range(run.Start - first, run.Start - first + run.Count);
            // Equal neighbours share one array, and a series has one kind and one unit.
            if (kinds.AsSpan()[rows].ContainsAnyExcept(kinds[rows.Start]) || units.AsSpan()[rows].ContainsAnyExcept(units[rows.Start]))
                throw new InvalidDataException($"kind or unit changes within the series of rows {run.Start} to {run.Start + run.Count - 1}");
            var series = new PartialSeries(run.Key, MetricColumns.ParseKind(kinds[rows.Start]), Encoding.UTF8.GetString(units[rows.Start]));
            series.Add(times.AsSpan()[rows], values.AsSpan()[rows]);
            // Between the wanted series may be others.
            for (; detail < details.Count && details[detail].Row < rows.End.Value; detail++)
            {
                if (details[detail].Row >= rows.Start.Value)
                    series.AddDetail(details[detail].Row - rows.Start.Value, details[detail].Text);
            }
            return series;
        });
    }

    /// <summary>The rows of each wanted series.</summary>
    private static List<(byte[] Key, int Start, int Count)> Runs(RowGroupReader group, int rows, MetricSelection selection)
    {
        var names = ParquetRows.ReadTexts(group, MetricColumns.NameIndex, 0, rows);
        var runs = new List<(byte[], int, int)>();
        if (!Array.Exists(names, selection.MatchesName))
            return runs;
        var labels = ParquetRows.ReadTexts(group, MetricColumns.LabelsIndex, 0, rows);
        for (int start = 0, end; start < rows; start = end)
        {
            for (end = start + 1; end < rows && ReferenceEquals(names[end], names[start]) && ReferenceEquals(labels[end], labels[start]);)
                end++;
            if (selection.MatchesName(names[start]) && Key(names[start], labels[start]) is var key && selection.Matches(key))
                runs.Add((key, start, end - start));
        }
        if (selection.IsOfAllSeries)
        {
            CheckCopies(group, rows, MetricColumns.NodeIndex, "node"u8, runs);
            CheckCopies(group, rows, MetricColumns.ServiceIndex, "service"u8, runs);
        }
        return runs;
    }

    /// <summary>Two labels stand in columns of their own as well, for SQL; nothing of ours reads them but this.</summary>
    private static void CheckCopies(RowGroupReader group, int rows, int column, ReadOnlySpan<byte> label, List<(byte[] Key, int Start, int Count)> runs)
    {
        var texts = ParquetRows.ReadTexts(group, column, 0, rows);
        foreach (var (key, start, count) in runs)
        {
            if (!texts[start].AsSpan().SequenceEqual(LabelKey.ValueOf(key, label)) || texts.AsSpan(start, count).ContainsAnyExcept(texts[start]))
                throw new InvalidDataException($"another {Encoding.UTF8.GetString(label)} than the labels say in rows {start} to {start + count - 1}");
        }
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

    private static int LowerBound(ReadOnlySpan<long> ascending, long value)
    {
        var (low, high) = (0, ascending.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = ascending[middle] < value ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    private static string Name(ReadOnlySpan<byte> key) => string.Join(',', LabelKey.ToList(key).Select(label => $"{label.Key}={label.Value}"));

    private sealed class PartialSeries(byte[] key, MetricKind kind, string unit)
    {
        private readonly List<long> _timestamps = [];
        private readonly List<double> _values = [];
        private readonly List<SampleDetail> _details = [];

        public void AddDetail(int sample, byte[] json) => _details.Add(new SampleDetail(sample, json));

        public void Add(ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values)
        {
            _timestamps.AddRange(timestamps);
            _values.AddRange(values);
        }

        public bool TryAppend(PartialSeries next)
        {
            if (!key.AsSpan().SequenceEqual(next.Key) || kind != next.Kind || unit != next.Unit)
                return false;
            foreach (var detail in next._details)
                _details.Add(detail with { Sample = _values.Count + detail.Sample });
            Add(CollectionsMarshal.AsSpan(next._timestamps), CollectionsMarshal.AsSpan(next._values));
            return true;
        }

        public SeriesSamples ToSamples() => new(Key, Kind, Unit, _timestamps.ToArray(), _values.ToArray()) { Details = _details };

        private byte[] Key => key;

        private MetricKind Kind => kind;

        private string Unit => unit;
    }
}
