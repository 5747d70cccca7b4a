using VmObs.Signals.Logs;
using VmObs.Signals.Wire.Json;
using VmObs.Signals.Wire.JsonLogs;

namespace VmObs.Signals.Wire.ElasticBulk;

/// <summary>Reads an Elasticsearch bulk body: action lines, each with its document's line, into log records.</summary>
/// <remarks>
/// <code>{"create":{"_index":"logs-web"}}
/// {"@timestamp":"2025-12-06T14:30:15.123Z","message":"…"}</code>
/// create and index are taken. update and delete change what is there, which a sealed record does not: they are refused alone, as
/// Elasticsearch refuses them for a data stream. A line that is no action is a fault of the body, because what belongs to what is lost.
/// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
/// </remarks>
internal sealed class BulkReader(IngestRules rules, JsonLogReader logs) : IDisposable
{
    /// <summary>The most items of one request: each is answered for itself.</summary>
    public const int MaxItems = 200_000;

    private readonly JsonMembers _action = new(), _parameters = new();
    private readonly BulkAnswer _answer = new();

    /// <summary>Reads a body; the batch's <see cref="LogBatch.Answer"/> then has each item's outcome.</summary>
    public WireError? Read(ReadOnlySpan<byte> body, long arrivalUnixNanos, LogBatch batch)
    {
        _answer.Begin(batch, arrivalUnixNanos);
        var lines = new BulkLines(body);
        for (var items = 0; lines.Next(out var line); items++)
        {
            if (items == MaxItems)
                return new WireError(line.Offset, $"line {lines.Number}", $"at most {MaxItems} items in a request", "more");
            var fault = default(WireFault);
            var walker = new JsonWalker(body[..(line.Offset + line.Length)], line.Offset, ref fault);
            var value = walker.ReadValue();
            if (walker.Failed || !walker.AtEnd() || !_action.Read(walker.Open(value)) || _action.Count != 1 || walker.Span(_action[0].Value)[0] != '{')
                return NoAction(lines.Number, line, fault);
            _parameters.Read(walker.Open(_action[0].Value));
            var name = walker.Span(_action[0].Name);
            var isDelete = name.SequenceEqual("delete"u8);
            if (!isDelete && !name.SequenceEqual("create"u8) && !name.SequenceEqual("index"u8) && !name.SequenceEqual("update"u8))
                return NoAction(lines.Number, line, fault);
            WireSlice document = default;
            if (!isDelete && !lines.Next(out document))
                return new WireError(body.Length, $"line {lines.Number + 1}", "the action's document", "the end of the body");
            var refused = batch.Refusals.Total;
            if (isDelete || name.SequenceEqual("update"u8))
                batch.Refusals.Count(RefusalReason.UnsupportedType, $"line {lines.Number}: got {name}, want create or index: records are not changed");
            else
                ReadDocument(body, document, lines.Number);
            _answer.Write(walker, name, _parameters, items, batch.Refusals.Total > refused ? batch.Refusals.Last : null);
        }
        return null;
    }

    public void Dispose() => _answer.Dispose();

    private void ReadDocument(ReadOnlySpan<byte> body, WireSlice line, int number)
    {
        var fault = default(WireFault);
        var walker = new JsonWalker(body[..(line.Offset + line.Length)], line.Offset, ref fault);
        var document = line.Length > rules.MaxRecordBytes ? line : walker.ReadValue();
        if (!walker.Failed && line.Length <= rules.MaxRecordBytes && !walker.AtEnd())
            walker.FailAt(walker.Position, "the end of the line", "more");
        if (walker.Failed)
            logs.Refuse(number, fault);
        else
            logs.ReadRecord(walker.Open(document), document, number);
    }

    private static WireError NoAction(int number, WireSlice line, in WireFault fault) => fault.IsSet
        ? new WireError(fault.Offset, $"line {number}", fault.Expected!, fault.Found!)
        : new WireError(line.Offset, $"line {number}", "an action: {\"create\":{…}}, index, update or delete", "another object");
}
