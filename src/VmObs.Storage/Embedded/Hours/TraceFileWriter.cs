using System.Globalization;
using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>What a finished trace file holds.</summary>
internal sealed record TraceFileSummary(Digest ContentHash, long Length, Digest RecordsRoot, long Traces, long Spans, long ErrorTraces);

/// <summary>Writes a trace file: a row a span; row groups with errors first, then the others. Format: docs/format/traces.md.</summary>
/// <remarks>Not thread-safe; one row group is in memory. The file stays the caller's to dispose.</remarks>
internal sealed class TraceFileWriter : IDisposable
{
    private readonly HashingStream _stream;
    private readonly ManagedOutputStream _output;
    private readonly WriterProperties _properties;
    private readonly GroupNode _schema;
    private readonly ParquetFileWriter _writer;
    private readonly PinnedTexts _texts = new();
    private readonly PooledBuffer _scratch = new();
    private readonly TraceTree _tree = new();
    private readonly ByteArray[][] _textColumns;
    private readonly long[] _decisions = new long[ParquetTable.RowGroupRows];
    private readonly long[] _starts = new long[ParquetTable.RowGroupRows];
    private readonly int[] _startNanos = new int[ParquetTable.RowGroupRows];
    private readonly long[] _durations = new long[ParquetTable.RowGroupRows];
    private readonly int[] _flags = new int[ParquetTable.RowGroupRows];
    private TraceKey? _last;
    private bool _othersBegun;
    private int _rows;
    private long _spans;
    private long _errorTraces;

    /// <summary>Begins a new, empty file.</summary>
    public TraceFileWriter(DiskFile file)
    {
        _stream = new HashingStream(file);
        _output = new ManagedOutputStream(_stream, leaveOpen: true);
        _properties = ParquetTable.Properties(TraceColumns.Dictionaries, [TraceColumns.Start, TraceColumns.StartNanos, TraceColumns.Duration], TraceColumns.WithoutStatistics);
        _schema = TraceColumns.Schema();
        _writer = new ParquetFileWriter(_output, _schema, _properties, new Dictionary<string, string> { [ParquetTable.FormatKey] = TraceColumns.Format });
        _textColumns = [.. TraceColumns.Texts.Select(_ => new ByteArray[ParquetTable.RowGroupRows])];
    }

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
        if (failed != spans.Any(span => new SpanRecord(span.Span).Status == SpanStatus.Error))
            throw new ArgumentException($"BUG: trace {key.Id} is {(failed ? "" : "not ")}called failed, its spans say otherwise", nameof(failed));
        _last = key;
        _tree.Add(key, failed, leaf);
        _errorTraces += failed ? 1 : 0;
        var traceId = _texts.Add(System.Text.Encoding.ASCII.GetBytes(key.Id.ToString()));
        foreach (var span in spans)
        {
            if (_rows == ParquetTable.RowGroupRows || _texts.Length >= ParquetTable.RowGroupTextBytes)
            {
                WriteRowGroup();
                traceId = _texts.Add(System.Text.Encoding.ASCII.GetBytes(key.Id.ToString()));
            }
            AddSpan(traceId, key.Decision, new SpanRecord(span.Span));
        }
    }

    /// <summary>Writes the footer and brings everything to the disk; nothing may follow.</summary>
    public TraceFileSummary Finish()
    {
        WriteRowGroup();
        _stream.BeginEnd();
        ParquetTable.Guard(_stream, _writer.Close);
        var hash = _stream.Finish();
        return new TraceFileSummary(hash, _stream.Length, _tree.Root(), _tree.Size, _spans, _errorTraces);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _schema.Dispose();
        _properties.Dispose();
        _output.Dispose();
        _stream.Dispose();
        _scratch.Dispose();
    }

    private void AddSpan(ByteArray traceId, long decision, SpanRecord span)
    {
        _textColumns[TraceColumns.TraceIdIndex][_rows] = traceId;
        _textColumns[TraceColumns.SpanIdIndex][_rows] = Hex(span.SpanId);
        _textColumns[TraceColumns.ParentSpanIdIndex][_rows] = span.ParentSpanId == 0 ? _texts.Add([]) : Hex(span.ParentSpanId);
        _textColumns[TraceColumns.KindIndex][_rows] = _texts.Add(TraceColumns.KindName(span.Kind));
        _textColumns[TraceColumns.StatusIndex][_rows] = _texts.Add(TraceColumns.StatusName(span.Status));
        var length = SpanRecord.FixedBytes;
        for (var text = 0; text < TraceColumns.SpanTexts; text++)
        {
            var value = span.Text((SpanText)text);
            _textColumns[TraceColumns.FirstSpanTextIndex + text][_rows] = _texts.Add(value);
            length += sizeof(int) + value.Length;
        }
        // What the columns cannot give back must not be in the tree.
        if (length != span.Bytes.Length)
            throw new ArgumentException($"BUG: a span record of {span.Bytes.Length} bytes has {length} in its parts", nameof(span));
        _decisions[_rows] = decision;
        (_starts[_rows], _startNanos[_rows]) = ParquetTable.Split(span.StartUnixNanos);
        _durations[_rows] = span.EndUnixNanos - span.StartUnixNanos;
        _flags[_rows] = (int)span.Flags;
        _rows++;
        _spans++;
    }

    private ByteArray Hex(ulong id)
    {
        Span<byte> hex = stackalloc byte[16];
        id.TryFormat(hex, out _, "x16", CultureInfo.InvariantCulture);
        return _texts.Add(hex);
    }

    private void WriteRowGroup()
    {
        if (_rows == 0)
            return;
        ParquetTable.Guard(_stream, () =>
        {
            using var group = _writer.AppendRowGroup();
            for (var i = 0; i < _textColumns.Length; i++)
            {
                if (TraceColumns.Optional.Contains(TraceColumns.Texts[i]))
                    ParquetTable.WriteOptional(group, _textColumns[i].AsSpan(0, _rows));
                else
                    ParquetTable.Write<ByteArray>(group, _textColumns[i].AsSpan(0, _rows));
            }
            ParquetTable.Write<long>(group, _decisions.AsSpan(0, _rows));
            ParquetTable.Write<long>(group, _starts.AsSpan(0, _rows));
            ParquetTable.Write<int>(group, _startNanos.AsSpan(0, _rows));
            ParquetTable.Write<long>(group, _durations.AsSpan(0, _rows));
            ParquetTable.Write<int>(group, _flags.AsSpan(0, _rows));
            group.Close();
        });
        _texts.Clear();
        _rows = 0;
    }
}
