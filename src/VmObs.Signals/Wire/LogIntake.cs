using VmObs.Signals.Logs;

namespace VmObs.Signals.Wire;

/// <summary>Takes log records into a batch within the rules; what all log formats share.</summary>
/// <remarks>Use: <see cref="BeginRequest"/>; for each stream set <see cref="Labels"/>, then <see cref="BeginStream"/>; for each record
/// <see cref="IsRefused"/>, <see cref="BeginRecord"/>, write the rest of its tail to <see cref="Text"/>, <see cref="EndRecord"/>.</remarks>
internal sealed class LogIntake(IngestRules rules) : IDisposable
{
    private readonly PooledBuffer _head = new(512); // "service":…,"node":…,"message": of the current stream
    private readonly PooledBuffer _service = new(256);
    private readonly PooledBuffer _boundNode = new(256);
    private LogBatch _batch = null!;
    private long _latestUnixNanos;
    private int _stream;
    private bool _labelsFit;

    /// <summary>The stream's labels, to be set before <see cref="BeginStream"/>.</summary>
    public LimitedLabels Labels { get; } = new(rules);

    /// <summary>Where tails are written.</summary>
    public PooledBuffer Text => _batch.Text;

    public void BeginRequest(LogBatch into, long latestUnixNanos) => (_batch, _latestUnixNanos) = (into, latestUnixNanos);

    /// <summary>Makes all records of the request those of one node, whatever they say; empty for the node that they name.</summary>
    public void BindTo(ReadOnlySpan<byte> node)
    {
        _boundNode.Clear();
        _boundNode.Write(node);
    }

    /// <summary>Begins a stream.</summary>
    /// <param name="service">Its service.</param>
    /// <param name="node">Its node, short name.</param>
    /// <param name="labelsFit">Whether all its labels were within the limits; else each of its records is refused.</param>
    public void BeginStream(ReadOnlySpan<byte> service, ReadOnlySpan<byte> node, bool labelsFit)
    {
        (_stream, _labelsFit) = (-1, labelsFit);
        if (_boundNode.Length > 0)
        {
            node = _boundNode.WrittenSpan;
            Labels.Set(ResourceMapping.NodeLabel, node);
        }
        _service.Clear();
        _service.Write(service);
        _head.Clear();
        _head.Write(",\"service\":"u8);
        JsonText.WriteString(_head, service);
        _head.Write(",\"node\":\"did:vm:node:"u8);
        JsonText.WriteContent(_head, node);
        _head.Write("\",\"message\":"u8);
    }

    /// <summary>Whether the rules refuse a record before it is rendered; counts it then.</summary>
    /// <param name="time">Its time, Unix ns.</param>
    /// <param name="observed">When it was observed, Unix ns; 0 when not given.</param>
    /// <param name="sharedPartTooLarge">Whether what it shares with other records is over half the limit for one.</param>
    public bool IsRefused(ulong time, ulong observed, bool sharedPartTooLarge)
    {
        var refusals = _batch.Refusals;
        if (time > long.MaxValue || observed > long.MaxValue)
            refusals.Count(RefusalReason.InvalidTimestamp, $"log record of {_service.WrittenSpan}: got time {time}, observed {observed}, want at most {long.MaxValue} Unix ns");
        else if ((long)time > _latestUnixNanos)
            refusals.Count(RefusalReason.TooFarAhead, $"log record of {_service.WrittenSpan}: got time {Rfc3339.Format((long)time)}, want at most {Rfc3339.Format(_latestUnixNanos)}");
        else if (!_labelsFit)
            refusals.Count(RefusalReason.InvalidLabels, $"log record of {_service.WrittenSpan}: a label of its stream has no name, or is over {rules.MaxLabelBytes} bytes, or there are over {rules.MaxLabels}");
        else if (sharedPartTooLarge)
            refusals.Count(RefusalReason.TooLarge, $"log record of {_service.WrittenSpan}: what it shares with its resource, scope or stream is over {rules.MaxRecordBytes / 2} bytes, the most taken");
        else if (_batch.TextBytes > rules.MaxBatchBytes)
            refusals.Count(RefusalReason.TooLarge, $"log record of {_service.WrittenSpan}: the request's documents are over {rules.MaxBatchBytes} bytes, the most taken");
        else
            return false;
        return true;
    }

    /// <summary>Writes a tail's members up to and with <c>"message":</c>.</summary>
    /// <returns>Where the tail begins, for <see cref="EndRecord"/>.</returns>
    public int BeginRecord(Level level)
    {
        if (_stream < 0)
            _stream = _batch.AddStream(Labels.Builder);
        var start = Text.Length;
        Text.Write("\"level\":\""u8);
        Text.Write(level.Utf8Name());
        Text.WriteByte((byte)'"');
        Text.Write(_head.WrittenSpan);
        return start;
    }

    /// <summary>Takes the record whose tail was written since <see cref="BeginRecord"/>; or takes it back.</summary>
    /// <param name="start">What <see cref="BeginRecord"/> returned.</param>
    /// <param name="time">Its time, Unix ns.</param>
    /// <param name="level">Its level.</param>
    /// <param name="cutShort">Whether its tail was not written to the end because it is too large.</param>
    /// <param name="failed">Whether the body turned out to be unreadable.</param>
    public void EndRecord(int start, long time, Level level, bool cutShort, bool failed)
    {
        if (cutShort || Text.Length - start > rules.MaxRecordBytes)
        {
            Text.Truncate(start);
            _batch.Refusals.Count(RefusalReason.TooLarge, $"log record of {_service.WrittenSpan}: its document is over {rules.MaxRecordBytes} bytes, the most taken");
        }
        else if (failed)
        {
            Text.Truncate(start);
        }
        else
        {
            _batch.AddRecord(_stream, time, level, start);
        }
    }

    public void Dispose()
    {
        _head.Dispose();
        _service.Dispose();
        _boundNode.Dispose();
        Labels.Dispose();
    }
}
