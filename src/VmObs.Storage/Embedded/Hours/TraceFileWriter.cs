using System.Buffers.Binary;
using System.Numerics;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What a finished trace file holds.</summary>
internal sealed record TraceFileSummary(Digest ContentHash, long Length, Digest RecordsRoot, long Traces, long Spans, long ErrorTraces);

/// <summary>Writes a trace file: a row a span; row groups with errors first, then the others. Format: docs/format/traces.md.</summary>
/// <remarks>Not thread-safe; one row group is in memory. The file stays the caller's to dispose.</remarks>
internal sealed class TraceFileWriter : IDisposable
{
    // Level 3 is slower and finds nothing more: ids are random, and the other texts' repetitions are near.
    private const int ZstdLevel = 1;

    private readonly HourTableWriter _table;
    private readonly TraceTree _tree = new();
    // Sorted, a few rows each: what an id shares with the one before it is not written again.
    private readonly TextColumn _traceIds = new(TraceColumns.All[TraceColumns.TraceIdIndex], ParquetEncoding.DeltaByteArray, TraceColumns.TraceIdPageBytes);
    private readonly TextColumn _spanIds = SpanIds(TraceColumns.SpanIdIndex);
    private readonly TextColumn _parentIds = SpanIds(TraceColumns.ParentSpanIdIndex);
    private readonly DictionaryTextColumn _kinds = Dictionary(TraceColumns.KindIndex);
    private readonly DictionaryTextColumn _statuses = Dictionary(TraceColumns.StatusIndex);
    private readonly SpanTextColumns _texts = new();
    private readonly IntegerColumn<long> _decisions = Numbers<long>(TraceColumns.DecisionIndex, ParquetEncoding.Plain);
    private readonly IntegerColumn<long> _starts = Numbers<long>(TraceColumns.StartIndex, ParquetEncoding.DeltaBinaryPacked);
    private readonly IntegerColumn<int> _startNanos = Numbers<int>(TraceColumns.StartNanosIndex, ParquetEncoding.DeltaBinaryPacked);
    private readonly IntegerColumn<long> _durations = Numbers<long>(TraceColumns.DurationIndex, ParquetEncoding.DeltaBinaryPacked);
    private readonly IntegerColumn<uint> _flags = Numbers<uint>(TraceColumns.FlagsIndex, ParquetEncoding.Plain);
    private readonly ColumnBuffer[] _columns;
    private TraceKey? _last;
    private bool _othersBegun;
    private int _rows;
    private long _textBytes;
    private long _spans;
    private long _errorTraces;

    /// <summary>Begins a new, empty file.</summary>
    public TraceFileWriter(DiskFile file, HourFile name)
    {
        _table = new HourTableWriter(file, name, TraceColumns.Table, TraceColumns.All, TraceColumns.Format, ZstdLevel);
        _columns = [_traceIds, _spanIds, _parentIds, _kinds, _statuses, .. _texts.All, _decisions, _starts, _startNanos, _durations, _flags];
    }

    /// <summary>Rows of a row group at most.</summary>
    public int RowGroupRows { get; init; } = ParquetTable.RowGroupRows;

    /// <summary>Writes a decided trace: first all with errors in order of their keys, then all others in order of theirs.</summary>
    /// <param name="key">The trace and its decision.</param>
    /// <param name="failed">Whether any span failed.</param>
    /// <param name="leaf">Its leaf (<see cref="TraceLeaf.Hash"/>).</param>
    /// <param name="spans">Canonical records, by start and span id; at least one.</param>
    public void WriteTrace(TraceKey key, bool failed, in Digest leaf, IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        // A row group holds one class, so that the class can expire as a whole.
        if (!failed && !_othersBegun)
        {
            WriteRowGroup();
            _othersBegun = true;
            _last = null;
        }
        if (failed == _othersBegun || (_last is { } last && key.CompareTo(last) <= 0))
            throw new InvalidOperationException("BUG: traces must come with errors first, each class in ascending order of keys");
        if (spans.Count == 0)
            throw new ArgumentException($"BUG: trace {key.Id} without spans", nameof(spans));
        _last = key;
        _tree.Add(key, failed, leaf);
        _errorTraces += failed ? 1 : 0;
        Span<byte> traceId = stackalloc byte[2 * TraceId.Bytes];
        Span<byte> id = stackalloc byte[TraceId.Bytes];
        key.Id.Write(id);
        Convert.TryToHexStringLower(id, traceId, out _);
        var anyFailed = false;
        for (var i = 0; i < spans.Count; i++)
        {
            if (_rows == RowGroupRows || _textBytes >= ParquetTable.RowGroupTextBytes)
                WriteRowGroup();
            var span = new SpanRecord(spans[i].Span);
            AddSpan(traceId, key.Decision, span);
            anyFailed |= span.Status == SpanStatus.Error;
        }
        if (failed != anyFailed)
            throw new ArgumentException($"BUG: trace {key.Id} is {(failed ? "" : "not ")}called failed, its spans say otherwise", nameof(failed));
    }

    /// <summary>Writes the footer and brings everything to the disk; nothing may follow.</summary>
    public TraceFileSummary Finish()
    {
        WriteRowGroup();
        var (hash, length) = _table.Finish();
        return new TraceFileSummary(hash, length, _tree.Root(), _tree.Size, _spans, _errorTraces);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var column in _columns)
            column.Dispose();
        _table.Dispose();
    }

    private static DictionaryTextColumn Dictionary(int column) => new(TraceColumns.All[column]);

    private static TextColumn SpanIds(int column) => new(TraceColumns.All[column], ParquetEncoding.DeltaLengthByteArray, TraceColumns.SpanIdPageBytes);

    private static IntegerColumn<T> Numbers<T>(int column, ParquetEncoding encoding)
        where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => new(TraceColumns.All[column], encoding, ParquetTable.RowGroupRows, TraceColumns.PageRows);

    private void AddSpan(ReadOnlySpan<byte> traceId, long decision, SpanRecord span)
    {
        _traceIds.Add(traceId);
        AddHex(_spanIds, span.SpanId);
        if (span.ParentSpanId == 0)
            _parentIds.Add([]);
        else
            AddHex(_parentIds, span.ParentSpanId);
        _kinds.Add(TraceColumns.KindName(span.Kind));
        _statuses.Add(TraceColumns.StatusName(span.Status));
        _texts.Add(span);
        _decisions.Add(decision);
        var (milliseconds, nanos) = ParquetTable.Split(span.StartUnixNanos);
        _starts.Add(milliseconds);
        _startNanos.Add(nanos);
        _durations.Add(span.EndUnixNanos - span.StartUnixNanos);
        _flags.Add(span.Flags);
        _textBytes += span.Bytes.Length;
        _rows++;
        _spans++;
    }

    private static void AddHex(TextColumn column, ulong id)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, id);
        Convert.TryToHexStringLower(bytes, column.AddRow(2 * sizeof(ulong)), out _);
    }

    private void WriteRowGroup()
    {
        if (_rows == 0)
            return;
        _table.WriteRowGroup(_rows, _columns);
        (_rows, _textBytes) = (0, 0);
    }
}
