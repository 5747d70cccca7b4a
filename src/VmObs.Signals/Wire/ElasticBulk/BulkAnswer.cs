using VmObs.Signals.Logs;
using VmObs.Signals.Wire.Json;

namespace VmObs.Signals.Wire.ElasticBulk;

/// <summary>Writes each item's outcome as Elasticsearch answers it, a line of JSON each.</summary>
/// <remarks><code>{"create":{"_index":"logs-web","_id":"…","status":201,…}}</code> An item without an _id gets one from the arrival and its place.</remarks>
internal sealed class BulkAnswer : IDisposable
{
    private readonly PooledBuffer _scratch = new(256);
    private LogBatch _batch = null!;
    private long _arrivalUnixNanos;

    public void Begin(LogBatch batch, long arrivalUnixNanos) => (_batch, _arrivalUnixNanos) = (batch, arrivalUnixNanos);

    /// <summary>Writes one item's line.</summary>
    /// <param name="action">Walks the action line.</param>
    /// <param name="name">create, index, update or delete.</param>
    /// <param name="parameters">The action's parameters.</param>
    /// <param name="item">Its place, from 0.</param>
    /// <param name="refused">Why it was refused; null when it was taken.</param>
    public void Write(in JsonWalker action, ReadOnlySpan<byte> name, JsonMembers parameters, int item, RefusalReason? refused)
    {
        var text = _batch.Answer;
        text.Write("{\""u8);
        text.Write(name);
        text.Write("\":{"u8);
        WriteIndex(action, parameters, text);
        text.Write("\"_id\":"u8);
        WriteId(action, parameters, item, text);
        if (refused is { } reason)
            WriteError(reason, text);
        else
            text.Write(",\"_version\":1,\"result\":\"created\",\"status\":201"u8);
        text.Write("}}\n"u8);
    }

    public void Dispose() => _scratch.Dispose();

    private void WriteIndex(in JsonWalker action, JsonMembers parameters, PooledBuffer text)
    {
        var index = parameters.IndexOf(action, "_index"u8);
        if (index < 0)
            return;
        text.Write("\"_index\":"u8);
        JsonCopy.Write(action.Span(parameters[index].Value), text, _scratch);
        text.WriteByte((byte)',');
    }

    private void WriteId(in JsonWalker action, JsonMembers parameters, int item, PooledBuffer text)
    {
        var id = parameters.IndexOf(action, "_id"u8);
        if (id >= 0 && action.Span(parameters[id].Value)[0] == '"')
        {
            JsonCopy.Write(action.Span(parameters[id].Value), text, _scratch);
            return;
        }
        text.WriteByte((byte)'"');
        JsonText.WriteDigits(text, _arrivalUnixNanos);
        text.WriteByte((byte)'-');
        JsonText.WriteDigits(text, item);
        text.WriteByte((byte)'"');
    }

    private static void WriteError(RefusalReason reason, PooledBuffer text)
    {
        text.Write(",\"status\":400,\"error\":{\"type\":\""u8);
        text.Write(reason switch
        {
            RefusalReason.UnsupportedType => "illegal_argument_exception"u8,
            _ => "document_parsing_exception"u8,
        });
        text.Write("\",\"reason\":"u8);
        JsonText.WriteString(text, System.Text.Encoding.UTF8.GetBytes(Describe(reason)));
        text.WriteByte((byte)'}');
    }

    private static string Describe(RefusalReason reason) => reason switch
    {
        RefusalReason.UnsupportedType => "unsupported_type: only create and index are taken, records are not changed",
        RefusalReason.MalformedRecord => "malformed_record: the document is not one JSON object on one line",
        RefusalReason.InvalidTimestamp => $"invalid_timestamp: the time is not {JsonTime.Expected}",
        RefusalReason.TooFarAhead => "too_far_ahead: the time lies too far ahead of the engine's clock",
        RefusalReason.TooLarge => "too_large: the document or the request is over the limit",
        _ => reason.Name(),
    };
}
