using System.Globalization;
using ParquetSharp;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using Encoding = System.Text.Encoding;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What reading a whole trace file found.</summary>
/// <param name="Leaves">Leaf hashes by trace and decision.</param>
internal sealed record TraceFileCheck(
    Digest RecordsRoot, long Traces, long Spans, long ErrorTraces, IReadOnlyList<string> Services, IReadOnlyList<string> Nodes,
    IReadOnlyDictionary<TraceKey, Digest> Leaves, IReadOnlyList<string> Findings);

/// <summary>Reads trace files. Format: docs/format/traces.md.</summary>
internal static class TraceFileReader
{
    /// <summary>The spans of one trace as canonical records; none for an id that is not there.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static List<ReadOnlyMemory<byte>> Find(DiskFile file, TraceId id)
    {
        var wanted = Encoding.ASCII.GetBytes(id.ToString());
        return [.. ParquetTable.ReadGroups(file, group => ReadGroup(group, wanted)).SelectMany(rows => rows).Select(row => (ReadOnlyMemory<byte>)row.Record)];
    }

    /// <summary>Reads everything and computes what its receipts say.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static TraceFileCheck Verify(DiskFile file)
    {
        using var scratch = new PooledBuffer();
        var leaves = new SortedDictionary<TraceKey, Digest>();
        var services = new SortedSet<string>(StringComparer.Ordinal);
        var nodes = new SortedSet<string>(StringComparer.Ordinal);
        var findings = new List<string>();
        long spans = 0, errors = 0;
        foreach (var (key, records) in Traces(file))
        {
            if (!leaves.TryAdd(key, TraceLeaf.Hash(scratch, key.Id, key.Decision, records)))
                findings.Add($"{file.Path}: trace {key.Id} decision {key.Decision} stands in two places");
            spans += records.Count;
            var failed = false;
            foreach (var record in records)
            {
                var span = new SpanRecord(record.Span);
                failed |= span.Status == SpanStatus.Error;
                services.Add(Encoding.UTF8.GetString(span.Text(SpanText.Service)));
                nodes.Add(Encoding.UTF8.GetString(span.Text(SpanText.Node)));
            }
            errors += failed ? 1 : 0;
        }
        return new TraceFileCheck(RecordsTree.Root(leaves.Values), leaves.Count, spans, errors, [.. services], [.. nodes], leaves, findings);
    }

    private static IEnumerable<(TraceKey Key, List<ReadOnlyMemory<byte>> Records)> Traces(DiskFile file)
    {
        TraceKey open = default;
        List<ReadOnlyMemory<byte>> records = [];
        foreach (var group in ParquetTable.ReadGroups(file, group => ReadGroup(group, null)))
        {
            foreach (var row in group)
            {
                if (row.Key != open && records.Count > 0)
                {
                    yield return (open, records);
                    records = [];
                }
                open = row.Key;
                records.Add(row.Record);
            }
        }
        if (records.Count > 0)
            yield return (open, records);
    }

    /// <summary>Rebuilds the canonical records of a row group; of one trace only when an id is given.</summary>
    private static List<(TraceKey Key, byte[] Record)> ReadGroup(RowGroupReader group, byte[]? onlyTrace)
    {
        var found = new List<(TraceKey, byte[])>();
        var traceIds = ParquetTable.ReadTexts(group, TraceColumns.TraceIdIndex);
        if (onlyTrace is not null && !traceIds.Any(id => id.AsSpan().SequenceEqual(onlyTrace)))
            return found;
        var texts = new byte[TraceColumns.Texts.Count][][];
        texts[0] = traceIds;
        for (var i = 1; i < texts.Length; i++)
            texts[i] = ParquetTable.ReadTexts(group, i);
        var decisions = ParquetTable.Read<long>(group, TraceColumns.DecisionIndex);
        var starts = ParquetTable.Read<long>(group, TraceColumns.StartIndex);
        var startNanos = ParquetTable.Read<int>(group, TraceColumns.StartNanosIndex);
        var durations = ParquetTable.Read<long>(group, TraceColumns.DurationIndex);
        var flags = ParquetTable.Read<int>(group, TraceColumns.FlagsIndex);
        using var record = new PooledBuffer();
        for (var row = 0; row < traceIds.Length; row++)
        {
            if (onlyTrace is not null && !traceIds[row].AsSpan().SequenceEqual(onlyTrace))
                continue;
            if (!TraceId.TryParse(Encoding.ASCII.GetString(traceIds[row]), out var id))
                throw new InvalidDataException($"row {row}: trace_id is not 32 hex digits");
            var start = checked((starts[row] * 1_000_000) + startNanos[row]);
            record.Clear();
            SpanRecordWriter.Begin(record, new SpanHead(
                id, SpanId(texts[TraceColumns.SpanIdIndex][row]), SpanId(texts[TraceColumns.ParentSpanIdIndex][row]), start,
                checked(start + durations[row]), TraceColumns.ParseKind(texts[TraceColumns.KindIndex][row]),
                TraceColumns.ParseStatus(texts[TraceColumns.StatusIndex][row]), (uint)flags[row]));
            for (var text = 0; text < TraceColumns.SpanTexts; text++)
                SpanRecordWriter.WriteText(record, texts[TraceColumns.FirstSpanTextIndex + text][row]);
            found.Add((new TraceKey(id, decisions[row]), record.WrittenSpan.ToArray()));
        }
        return found;
    }

    private static ulong SpanId(byte[] hex)
    {
        if (hex.Length == 0)
            return 0;
        return hex.Length == 16 && ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var id)
            ? id
            : throw new InvalidDataException("a span id is not 16 hex digits");
    }
}
