using VmObs.Signals.Labels;
using VmObs.Signals.Logs;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads an ExportLogsServiceRequest into SPEC 2.2 documents.</summary>
/// <remarks>Two passes over each message: the first finds its parts, whose order on the wire is free; the second renders them.</remarks>
internal sealed class OtlpLogReader(OtlpContext context) : IDisposable
{
    private readonly PooledBuffer _head = new(512); // "service":…,"node":…,"message": of the current resource
    private readonly LabelKeyBuilder _labels = new();
    private readonly OtlpLogDocument _document = new(context);
    private LogBatch _batch = null!;
    private int _stream;
    private bool _streamTooLong;

    public void Read(ref ProtobufReader request, LogBatch into)
    {
        _batch = into;
        while (request.NextField())
        {
            if (request.Tag == (1 << 3 | ProtobufReader.Bytes))
                ReadResourceLogs(request.ReadMessage());
            else
                request.Skip(OtlpSchema.LogsRequest.Known);
        }
    }

    public void Dispose()
    {
        _head.Dispose();
        _labels.Dispose();
    }

    private void ReadResourceLogs(ProtobufReader message)
    {
        var second = message;
        WireSlice resource = default;
        while (message.NextField())
        {
            if (message.Tag == (1 << 3 | ProtobufReader.Bytes))
                resource = message.ReadSlice();
            else
                message.Skip(OtlpSchema.ResourceLogs.Known & ~(1UL << 2));
        }
        var resourceMessage = message.Open(resource, 1);
        context.ReadResource(ref resourceMessage);
        if (message.Failed)
            return;
        BeginStream();
        while (second.NextField())
        {
            if (second.Tag == (2 << 3 | ProtobufReader.Bytes))
                ReadScopeLogs(second.ReadMessage());
            else
                second.Skip(OtlpSchema.ResourceLogs.Known & ~(1UL << 1));
        }
    }

    private void BeginStream()
    {
        _stream = -1;
        _streamTooLong = context.Service.Length > context.Rules.MaxLabelBytes || context.Node.Length > context.Rules.MaxLabelBytes;
        _head.Clear();
        _head.Write("\"service\":"u8);
        JsonText.WriteString(_head, context.Service);
        _head.Write(",\"node\":\"did:vm:node:"u8);
        JsonText.WriteContent(_head, context.Node);
        _head.Write("\",\"message\":"u8);
    }

    private void ReadScopeLogs(ProtobufReader message)
    {
        var second = message;
        WireSlice scope = default;
        while (message.NextField())
        {
            if (message.Tag == (1 << 3 | ProtobufReader.Bytes))
                scope = message.ReadSlice();
            else
                message.Skip(OtlpSchema.ScopeLogs.Known & ~(1UL << 2));
        }
        var scopeMessage = message.Open(scope, 1);
        context.ReadScope(ref scopeMessage);
        while (second.NextField())
        {
            if (second.Tag == (2 << 3 | ProtobufReader.Bytes))
                ReadRecord(second.ReadMessage());
            else
                second.Skip(OtlpSchema.ScopeLogs.Known & ~(1UL << 1));
        }
    }

    private void ReadRecord(ProtobufReader message)
    {
        var record = OtlpLogRecord.Read(ref message, context.Attributes);
        if (!message.Failed)
            Take(ref message, record);
        context.Attributes.Release(0);
    }

    private void Take(ref ProtobufReader message, in OtlpLogRecord record)
    {
        var time = record.Time != 0 ? record.Time : record.Observed != 0 ? record.Observed : (ulong)context.ArrivalUnixNanos;
        if (IsRefused(time, record.Observed))
            return;
        if (_stream < 0)
            _stream = AddStream();
        var text = _batch.Text;
        var start = text.Length;
        var level = Severity.Of(record.SeverityNumber, message.Span(record.SeverityText));
        context.Attributes.DropDuplicates(message, 0);
        context.Values.Limit = context.RecordLimit(start);
        _document.Write(ref message, record, (long)time, level, _head.WrittenSpan, text);
        if (context.TakeOverflow() || text.Length - start > context.Rules.MaxRecordBytes)
        {
            text.Truncate(start);
            _batch.Refusals.Count(
                RefusalReason.TooLarge, $"log record of {context.Service}: its document is over {context.Rules.MaxRecordBytes} bytes, the most taken");
        }
        else if (message.Failed)
        {
            text.Truncate(start);
        }
        else
        {
            _batch.AddRecord(_stream, (long)time, level, start);
        }
    }

    private bool IsRefused(ulong time, ulong observed)
    {
        if (time > long.MaxValue || observed > long.MaxValue)
        {
            _batch.Refusals.Count(
                RefusalReason.InvalidTimestamp, $"log record of {context.Service}: got time {time}, observed {observed}, want at most {long.MaxValue} Unix ns");
        }
        else if ((long)time > context.LatestUnixNanos)
        {
            _batch.Refusals.Count(
                RefusalReason.TooFarAhead,
                $"log record of {context.Service}: got time {Rfc3339.Format((long)time)}, want at most {Rfc3339.Format(context.LatestUnixNanos)}");
        }
        else if (_streamTooLong)
        {
            _batch.Refusals.Count(
                RefusalReason.InvalidLabels,
                $"log record of {context.Service} at {context.Node}: service and node must be at most {context.Rules.MaxLabelBytes} bytes each");
        }
        else if (context.SharedPartTooLarge)
        {
            _batch.Refusals.Count(
                RefusalReason.TooLarge, $"log record of {context.Service}: its resource or scope is over {context.Rules.MaxRecordBytes} bytes, the most taken");
        }
        else if (_batch.TextBytes > context.Rules.MaxBatchBytes)
        {
            _batch.Refusals.Count(
                RefusalReason.TooLarge, $"log record of {context.Service}: the request's documents are over {context.Rules.MaxBatchBytes} bytes, the most taken");
        }
        else
        {
            return false;
        }
        return true;
    }

    private int AddStream()
    {
        _labels.Clear();
        _labels.Set(ResourceMapping.NodeLabel, context.Node);
        _labels.Set(ResourceMapping.ServiceLabel, context.Service);
        return _batch.AddStream(_labels);
    }
}
