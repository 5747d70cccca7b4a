using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Parquet;
using Encoding = System.Text.Encoding;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Puts a trace file's rows together again as traces and checks their order.</summary>
internal sealed class TraceFileVerification(string path) : IDisposable
{
    private readonly HourFindings _findings = new(path);
    private readonly PooledBuffer _scratch = new();
    private readonly Dictionary<TraceKey, Digest> _leaves = [];
    private readonly SortedSet<string> _services = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _nodes = new(StringComparer.Ordinal);
    private readonly List<ReadOnlyMemory<byte>> _open = [];
    private BloomFilter? _filter;
    private TraceKey? _filtered;
    private TraceKey _openKey;
    private TraceKey? _last;
    private bool _othersBegun;
    private long _rows;
    private long _errors;
    private int _rowGroup = -1;
    private int _openRowGroup;
    private int _endRowGroup;
    private int _lastRowGroup = -1;

    /// <summary>The rows that follow are of the next row group.</summary>
    /// <param name="filter">The filter of its traces; null where it has none.</param>
    public void BeginRowGroup(BloomFilter? filter = null)
    {
        _rowGroup++;
        _filter = filter;
        _filtered = null;
    }

    /// <summary>Takes the next row.</summary>
    public void Span(TraceKey key, byte[] record)
    {
        if (_open.Count > 0 && key != _openKey)
            CloseTrace();
        if (_open.Count == 0)
            (_openKey, _openRowGroup) = (key, _rowGroup);
        else if (Compare(new SpanRecord(_open[^1].Span), new SpanRecord(record)) > 0)
            _findings.Add($"row {_rows}", $"span {new SpanRecord(record).SpanId:x16}", "spans of a trace by start and id");
        CheckFilter(key);
        _open.Add(record);
        _endRowGroup = _rowGroup;
        _rows++;
    }

    /// <summary>What was found in all.</summary>
    public TraceFileCheck ToCheck()
    {
        if (_open.Count > 0)
            CloseTrace();
        var tree = new MerkleFrontier<Blake3MerkleHash>();
        foreach (var leaf in _leaves.OrderBy(leaf => leaf.Key))
            tree.Append(leaf.Value);
        return new TraceFileCheck(tree.Root(), _leaves.Count, _rows, _errors, [.. _services], [.. _nodes], _leaves, _findings.ToList());
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    private void CloseTrace()
    {
        var failed = false;
        foreach (var record in _open)
        {
            var span = new SpanRecord(record.Span);
            failed |= span.Status == SpanStatus.Error;
            _services.Add(Encoding.UTF8.GetString(span.Text(SpanText.Service)));
            _nodes.Add(Encoding.UTF8.GetString(span.Text(SpanText.Node)));
        }
        var place = $"trace {_openKey.Id} decision {_openKey.Decision}";
        CheckOrder(place, failed);
        if (!_leaves.TryAdd(_openKey, TraceLeaf.Hash(_scratch, _openKey.Id, _openKey.Decision, _open)))
            _findings.Add(place, "a second place in the file", "its rows together");
        _errors += failed ? 1 : 0;
        _open.Clear();
    }

    // A trace that its row group's filter does not hold would be in the file and not be found.
    private void CheckFilter(TraceKey key)
    {
        if (_filter is null || _filtered == key)
            return;
        _filtered = key;
        if (!_filter.MayHold(SoughtTrace.Of(key.Id).Hash))
            _findings.Add($"trace {key.Id} decision {key.Decision}", "a filter without it", "a filter that holds all traces of its row group");
    }

    private void CheckOrder(string place, bool failed)
    {
        if (!failed && !_othersBegun)
        {
            if (_last is not null && _openRowGroup == _lastRowGroup)
                _findings.Add(place, "a row group that it shares with failed traces", "row groups of one class");
            (_othersBegun, _last) = (true, null);
        }
        if (failed && _othersBegun)
            _findings.Add(place, "a failed trace behind others", "all failed traces before them");
        else if (_last is { } last && _openKey.CompareTo(last) <= 0)
            _findings.Add(place, $"it behind trace {last.Id} decision {last.Decision}", "ascending order of ids and decisions");
        (_last, _lastRowGroup) = (_openKey, _endRowGroup);
    }

    private static int Compare(SpanRecord left, SpanRecord right) =>
        left.StartUnixNanos != right.StartUnixNanos ? left.StartUnixNanos.CompareTo(right.StartUnixNanos) : left.SpanId.CompareTo(right.SpanId);
}
