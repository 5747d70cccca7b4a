using System.Globalization;
using ParquetSharp;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using Encoding = System.Text.Encoding;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads trace files. Format: docs/format/traces.md.</summary>
internal static class TraceFileReader
{
    /// <summary>The spans of one trace as canonical records, decision by decision; none for an id that is not there.</summary>
    /// <remarks>Row groups whose statistics exclude the id are not read, and of the others only its rows.</remarks>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static List<ReadOnlyMemory<byte>> Find(DiskFile file, TraceId id)
    {
        var wanted = Encoding.ASCII.GetBytes(id.ToString());
        using var schema = TraceColumns.Schema();
        var groups = ParquetFile.ReadGroups(file, TraceColumns.Format, schema, (group, rows) => ReadTrace(group, rows, wanted));
        return [.. groups.SelectMany(rows => rows).Select(row => (ReadOnlyMemory<byte>)row.Record)];
    }

    /// <summary>Reads everything and computes what its receipts say.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static TraceFileCheck Verify(DiskFile file)
    {
        using var verification = new TraceFileVerification(file.Path);
        using var schema = TraceColumns.Schema();
        foreach (var group in ParquetFile.ReadGroups(file, TraceColumns.Format, schema, (group, rows) => ReadRows(group, 0, rows)))
        {
            verification.BeginRowGroup();
            foreach (var (key, record) in group)
                verification.Span(key, record);
        }
        return verification.ToCheck();
    }

    private static List<(TraceKey Key, byte[] Record)> ReadTrace(RowGroupReader group, int rows, byte[] wanted)
    {
        if (!ParquetRows.MayHold(group, TraceColumns.TraceIdIndex, wanted))
            return [];
        var ids = ParquetRows.ReadTexts(group, TraceColumns.TraceIdIndex, 0, rows);
        // Rows are sorted by trace, so its own lie together.
        var first = Array.FindIndex(ids, id => id.AsSpan().SequenceEqual(wanted));
        if (first < 0)
            return [];
        var last = Array.FindLastIndex(ids, id => id.AsSpan().SequenceEqual(wanted));
        return ReadRows(group, first, last - first + 1);
    }

    /// <summary>Rebuilds the canonical records of rows.</summary>
    private static List<(TraceKey Key, byte[] Record)> ReadRows(RowGroupReader group, int first, int count)
    {
        var texts = new byte[TraceColumns.Texts][][];
        for (var i = 0; i < texts.Length; i++)
            texts[i] = ParquetRows.ReadTexts(group, i, first, count);
        var decisions = ParquetRows.Read<long>(group, TraceColumns.DecisionIndex, first, count);
        var starts = ParquetRows.Read<long>(group, TraceColumns.StartIndex, first, count);
        var startNanos = ParquetRows.Read<int>(group, TraceColumns.StartNanosIndex, first, count);
        var durations = ParquetRows.Read<long>(group, TraceColumns.DurationIndex, first, count);
        var flags = ParquetRows.Read<int>(group, TraceColumns.FlagsIndex, first, count);
        var found = new List<(TraceKey, byte[])>(count);
        using var record = new PooledBuffer();
        for (var row = 0; row < count; row++)
        {
            var id = ParseTraceId(texts[TraceColumns.TraceIdIndex][row]);
            var start = ParquetTable.Join(starts[row], startNanos[row]);
            record.Clear();
            SpanRecordWriter.Begin(record, new SpanHead(
                id, ParseSpanId(texts[TraceColumns.SpanIdIndex][row]), ParseParentId(texts[TraceColumns.ParentSpanIdIndex][row]), start,
                // The difference of two times may not fit; added again it is right.
                unchecked(start + durations[row]), TraceColumns.ParseKind(texts[TraceColumns.KindIndex][row]),
                TraceColumns.ParseStatus(texts[TraceColumns.StatusIndex][row]), (uint)flags[row]));
            for (var text = 0; text < TraceColumns.SpanTexts; text++)
                SpanRecordWriter.WriteText(record, texts[TraceColumns.FirstSpanTextIndex + text][row]);
            found.Add((new TraceKey(id, decisions[row]), record.WrittenSpan.ToArray()));
        }
        return found;
    }

    private static TraceId ParseTraceId(byte[] hex)
    {
        if (hex.Length == 32 && TryParseHex(hex.AsSpan(0, 16), out var high) && TryParseHex(hex.AsSpan(16), out var low))
            return new TraceId(high, low);
        throw new InvalidDataException($"trace_id \"{Encoding.UTF8.GetString(hex)}\"");
    }

    private static ulong ParseParentId(byte[] hex) => hex.Length == 0 ? 0 : ParseSpanId(hex);

    private static ulong ParseSpanId(byte[] hex) =>
        hex.Length == 16 && TryParseHex(hex, out var id) ? id : throw new InvalidDataException($"span id \"{Encoding.UTF8.GetString(hex)}\"");

    // Lower case only: two spellings would be two ids to SQL.
    private static bool TryParseHex(ReadOnlySpan<byte> hex, out ulong value)
    {
        value = 0;
        return !hex.ContainsAnyInRange((byte)'A', (byte)'F') && ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
