using VmObs.Signals.Logs;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Reads an ExportLogsServiceRequest into SPEC 2.2 documents.</summary>
/// <remarks>Two passes over each message: the first finds its parts, whose order on the wire is free; the second renders them.</remarks>
internal sealed class OtlpLogReader(OtlpContext context, LogIntake intake)
{
    private readonly OtlpLogDocument _document = new(context);

    public void Read(ref ProtobufReader request, LogBatch into)
    {
        intake.BeginRequest(into, context.LatestUnixNanos);
        while (request.NextField())
        {
            if (request.Tag == (1 << 3 | ProtobufReader.Bytes))
                ReadResourceLogs(request.ReadMessage());
            else
                request.Skip(OtlpSchema.LogsRequest.Known);
        }
    }

    private void ReadResourceLogs(ProtobufReader message)
    {
        var second = message;
        WireSlice resource = default, schemaUrl = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: resource = message.ReadOnce(resource); break;
                case 3 << 3 | ProtobufReader.Bytes: schemaUrl = message.ReadSlice(); break;
                default: message.Skip(OtlpSchema.ResourceLogs.Known & ~(1UL << 2)); break;
            }
        }
        var resourceMessage = message.Open(resource, 1);
        context.ReadResource(ref resourceMessage, message.Span(schemaUrl));
        if (message.Failed)
            return;
        BeginStream();
        while (second.NextField())
        {
            if (second.Tag == (2 << 3 | ProtobufReader.Bytes))
                ReadScopeLogs(second.ReadMessage());
            else
                second.Skip(0);
        }
    }

    private void BeginStream()
    {
        intake.Labels.Begin();
        var fit = intake.Labels.TrySet(ResourceMapping.NodeLabel, context.Node) && intake.Labels.TrySet(ResourceMapping.ServiceLabel, context.Service);
        intake.BeginStream(context.Service, context.Node, fit);
    }

    private void ReadScopeLogs(ProtobufReader message)
    {
        var second = message;
        WireSlice scope = default, schemaUrl = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: scope = message.ReadOnce(scope); break;
                case 3 << 3 | ProtobufReader.Bytes: schemaUrl = message.ReadSlice(); break;
                default: message.Skip(OtlpSchema.ScopeLogs.Known & ~(1UL << 2)); break;
            }
        }
        var scopeMessage = message.Open(scope, 1);
        context.ReadScope(ref scopeMessage, message.Span(schemaUrl));
        while (second.NextField())
        {
            if (second.Tag == (2 << 3 | ProtobufReader.Bytes))
                ReadRecord(second.ReadMessage());
            else
                second.Skip(0);
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
        if (intake.IsRefused(time, record.Observed, context.SharedPartTooLarge))
            return;
        var level = Severity.Of(record.SeverityNumber, message.Span(record.SeverityText));
        context.Attributes.DropDuplicates(message, 0);
        var start = intake.BeginRecord(level);
        context.Values.Limit = context.RecordLimit(start);
        _document.Write(ref message, record, (long)time, level, intake.Text);
        intake.EndRecord(start, (long)time, level, context.TakeOverflow(), message.Failed);
    }
}
