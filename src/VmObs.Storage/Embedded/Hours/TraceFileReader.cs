using System.Globalization;
using ParquetSharp;
using VmObs.Ledger.Remains;
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
    public static List<ReadOnlyMemory<byte>> Find(DiskFile file, TraceId id, RemainsHead? remains = null)
    {
        var wanted = Encoding.ASCII.GetBytes(id.ToString());
        using var schema = TraceColumns.Schema();
        var groups = ParquetFile.ReadGroups(file, TraceColumns.Format, schema, (group, rows) => ReadTrace(group, rows, wanted), remains);
        return [.. groups.SelectMany(rows => rows).Select(row => (ReadOnlyMemory<byte>)row.Record)];
    }

    /// <summary>Reads everything and computes what its receipts say.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static TraceFileCheck Verify(DiskFile file, RemainsHead? remains = null)
    {
        using var verification = new TraceFileVerification(file.Path);
        using var schema = TraceColumns.Schema();
        foreach (var group in ParquetFile.ReadGroups(file, TraceColumns.Format, schema, (group, rows) => ReadRows(group, 0, rows), remains))
        {
            verification.BeginRowGroup();
            foreach (var (key, record) in group)
                verification.Span(key, record);
        }
        return verification.ToCheck();
    }

    /// <summary>How many of the row groups hold failed traces: those come first.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static int FailedRowGroups(DiskFile file)
    {
        var error = TraceColumns.StatusName(SpanStatus.Error).ToArray();
        using var schema = TraceColumns.Schema();
        var (failed, number) = (0, 0);
        var last = default(TraceKey);
        foreach (var (hasError, first, end) in ParquetFile.ReadGroups(file, TraceColumns.Format, schema, (group, rows) => Ends(group, rows, error)))
        {
            // A large trace goes on in the next row group, which then may hold none of its failed spans.
            if (hasError || (failed == number && number > 0 && first == last))
                failed = number + 1;
            (number, last) = (number + 1, end);
        }
        return failed;
    }

    private static (bool HasError, TraceKey First, TraceKey Last) Ends(RowGroupReader group, int rows, byte[] error)
    {
        var ids = ParquetRows.ReadTexts(group, TraceColumns.TraceIdIndex, 0, rows);
        var decisions = ParquetRows.Read<long>(group, TraceColumns.DecisionIndex, 0, rows);
        var hasError = Array.Exists(ParquetRows.ReadTexts(group, TraceColumns.StatusIndex, 0, rows), status => status.AsSpan().SequenceEqual(error));
        return (hasError, new TraceKey(ParseTraceId(ids[0]), decisions[0]), new TraceKey(ParseTraceId(ids[^1]), decisions[^1]));
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
