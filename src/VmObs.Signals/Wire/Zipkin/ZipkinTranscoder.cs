using System.Buffers.Text;
using System.Text;
using VmObs.Signals.Wire.Json;
using VmObs.Signals.Wire.Otlp;

namespace VmObs.Signals.Wire.Zipkin;

/// <summary>Rewrites Zipkin v2 spans in JSON as an OTLP request, so that one reader gives both the same meaning.</summary>
/// <remarks>
/// <code>[{"traceId":"…","id":"…","parentId":"…","kind":"SERVER","name":"get /","timestamp":µs,"duration":µs,"localEndpoint":{"serviceName":"web"},
/// "remoteEndpoint":{},"annotations":[{"timestamp":µs,"value":"…"}],"tags":{}}]</code>
/// https://zipkin.io/zipkin-api/ and OpenTelemetry's trace/sdk_exporters/zipkin.md, read backwards. Fields: docs/send/zipkin.md.
/// </remarks>
internal sealed class ZipkinTranscoder(IngestRules rules) : IDisposable
{
    private const int ResourceAttributes = 1, SpanAttributes = 9;
    private const ulong NanosPerMicro = 1_000, Error = 2;

    private readonly byte[][] _nodeAttributes = [.. rules.NodeAttributes.Select(Encoding.UTF8.GetBytes)];
    private readonly JsonMembers _span = new(), _endpoint = new();
    private readonly PooledBuffer _names = new(256), _scratch = new(256);
    private PooledBuffer _out = null!;

    /// <summary>Rewrites a body.</summary>
    /// <param name="json">The body.</param>
    /// <param name="into">Gets the protobuf, at most about <paramref name="maxBytes"/>.</param>
    /// <param name="maxBytes">Bound of the protobuf.</param>
    /// <returns>Why the body could not be read; null when it was.</returns>
    public WireError? Transcode(ReadOnlySpan<byte> json, PooledBuffer into, int maxBytes)
    {
        _out = into;
        maxBytes = Math.Min(maxBytes, ProtobufWriter.MaxFramedBytes - 1);
        var fault = default(WireFault);
        var spans = new JsonWalker(json, 0, ref fault);
        var index = -1;
        if (spans.Enter('['))
        {
            while (spans.NextItem())
            {
                index++;
                if (_out.Length > maxBytes)
                    spans.FailAt(spans.Position, $"a request of at most {maxBytes} bytes as protobuf", "a larger one");
                var span = spans.Open(spans.ReadValue());
                if (!spans.Failed && _span.Read(span))
                    WriteSpan(span);
            }
            if (!spans.Failed)
                index = -1;
            if (!spans.Failed && !spans.AtEnd())
                spans.FailAt(spans.Position, "the end of the request", "more");
        }
        return fault.IsSet ? new WireError(fault.Offset, index < 0 ? "request" : $"[{index}]", fault.Expected!, fault.Found!) : null;
    }

    public void Dispose()
    {
        _names.Dispose();
        _scratch.Dispose();
    }

    private void WriteSpan(JsonWalker document)
    {
        var resourceSpans = ProtobufWriter.BeginMessage(_out, 1);
        WriteResource(document);
        var scopeSpans = ProtobufWriter.BeginMessage(_out, 2);
        var span = ProtobufWriter.BeginMessage(_out, 2);
        WriteIds(document);
        ProtobufWriter.Bytes(_out, 5, JsonCopy.Text(Content(document, "name"u8), _scratch));
        ProtobufWriter.Varint(_out, 6, KindOf(Content(document, "kind"u8)));
        WriteTimes(document);
        WriteTags(document);
        WriteEndpoint(document, "localEndpoint"u8, default, "network.local.address"u8, "network.local.port"u8);
        WriteEndpoint(document, "remoteEndpoint"u8, "peer.service"u8, "network.peer.address"u8, "network.peer.port"u8);
        WriteAnnotations(document);
        ProtobufWriter.EndMessage(_out, span);
        ProtobufWriter.EndMessage(_out, scopeSpans);
        ProtobufWriter.EndMessage(_out, resourceSpans);
    }

    private void WriteResource(JsonWalker document)
    {
        var resource = ProtobufWriter.BeginMessage(_out, 1);
        if (ReadEndpoint(document, "localEndpoint"u8) && FindString(_endpoint, document, "serviceName"u8) is { IsEmpty: false } service)
            OtlpAttributeWriter.Text(_out, ResourceAttributes, ResourceMapping.ServiceAttribute, JsonCopy.Text(service, _scratch));
        // OpenTelemetry's Zipkin exporters put the resource into the tags.
        if (TryOpen(document, "tags"u8, '{', out var tags))
        {
            while (tags.NextMember(out var name))
            {
                var value = tags.ReadValue();
                if (IsNodeAttribute(tags.Span(name)) && tags.Span(value) is [(byte)'"', .. var content, (byte)'"'])
                    OtlpAttributeWriter.Text(_out, ResourceAttributes, tags.Span(name), JsonCopy.Text(content, _scratch));
            }
        }
        ProtobufWriter.EndMessage(_out, resource);
    }

    /// <summary>Ids that are no such ids are left out: the reader refuses the span and says so.</summary>
    private void WriteIds(in JsonWalker document)
    {
        var trace = Content(document, "traceId"u8);
        ulong high = 0;
        // 64-bit trace ids are the low half.
        if ((trace.Length == 16 || (trace.Length == 32 && TryHex(trace[..16], out high))) && TryHex(trace[^16..], out var low))
            OtlpAttributeWriter.TraceId(_out, 1, high, low);
        if (Content(document, "id"u8) is { Length: 16 } id && TryHex(id, out var span))
            OtlpAttributeWriter.SpanId(_out, 2, span);
        if (Content(document, "parentId"u8) is { Length: 16 } parentId && TryHex(parentId, out var parent))
            OtlpAttributeWriter.SpanId(_out, 4, parent);
    }

    private void WriteTimes(in JsonWalker document)
    {
        var start = Micros(document, "timestamp"u8);
        if (start > ulong.MaxValue / NanosPerMicro)
            start = 0;
        var duration = Micros(document, "duration"u8);
        ProtobufWriter.Fixed64(_out, 7, start * NanosPerMicro);
        ProtobufWriter.Fixed64(_out, 8, duration > (ulong.MaxValue / NanosPerMicro) - start ? ulong.MaxValue : (start + duration) * NanosPerMicro);
    }

    private void WriteTags(JsonWalker document)
    {
        if (!TryOpen(document, "tags"u8, '{', out var tags))
            return;
        ulong code = 0;
        WireSlice error = default;
        while (tags.NextMember(out var name))
        {
            var value = tags.ReadValue();
            var key = tags.Span(name);
            var content = ContentOf(tags.Span(value));
            if (key.SequenceEqual("otel.status_code"u8))
                code = content.SequenceEqual("ERROR"u8) ? Error : content.SequenceEqual("OK"u8) ? 1UL : code;
            else if (key.SequenceEqual("error"u8) && !content.SequenceEqual("false"u8))
                error = value;
            else if (!IsNodeAttribute(key))
                OtlpAttributeWriter.Text(_out, SpanAttributes, JsonCopy.Text(key, _names), JsonCopy.Text(content, _scratch));
        }
        if (!error.IsEmpty)
            code = Error;
        if (code == 0)
            return;
        var status = ProtobufWriter.BeginMessage(_out, 15);
        // "true" says no more than the code does.
        if (ContentOf(tags.Span(error)) is { IsEmpty: false } message && !message.SequenceEqual("true"u8))
            ProtobufWriter.Bytes(_out, 2, JsonCopy.Text(message, _scratch));
        ProtobufWriter.Varint(_out, 3, code);
        ProtobufWriter.EndMessage(_out, status);
    }

    private void WriteEndpoint(JsonWalker document, ReadOnlySpan<byte> member, ReadOnlySpan<byte> service, ReadOnlySpan<byte> address, ReadOnlySpan<byte> port)
    {
        if (!ReadEndpoint(document, member))
            return;
        if (!service.IsEmpty && FindString(_endpoint, document, "serviceName"u8) is { IsEmpty: false } name)
            OtlpAttributeWriter.Text(_out, SpanAttributes, service, JsonCopy.Text(name, _scratch));
        var ip = FindString(_endpoint, document, "ipv4"u8);
        if (ip.IsEmpty)
            ip = FindString(_endpoint, document, "ipv6"u8);
        if (!ip.IsEmpty)
            OtlpAttributeWriter.Text(_out, SpanAttributes, address, JsonCopy.Text(ip, _scratch));
        if (_endpoint.IndexOf(document, "port"u8) is >= 0 and var at && Utf8Parser.TryParse(document.Span(_endpoint[at].Value), out ushort number, out _) && number > 0)
            OtlpAttributeWriter.Integer(_out, SpanAttributes, port, number);
    }

    private void WriteAnnotations(JsonWalker document)
    {
        if (!TryOpen(document, "annotations"u8, '[', out var annotations))
            return;
        while (annotations.NextItem())
        {
            var annotation = annotations.Open(annotations.ReadValue());
            if (annotation.PeekValue() != '{' || !_endpoint.Read(annotation))
                continue;
            var time = _endpoint.IndexOf(document, "timestamp"u8) is >= 0 and var at ? Number(document.Span(_endpoint[at].Value)) : 0;
            var written = ProtobufWriter.BeginMessage(_out, 11);
            ProtobufWriter.Fixed64(_out, 1, time > ulong.MaxValue / NanosPerMicro ? 0 : time * NanosPerMicro);
            ProtobufWriter.Bytes(_out, 2, JsonCopy.Text(FindString(_endpoint, document, "value"u8), _scratch));
            ProtobufWriter.EndMessage(_out, written);
        }
    }

    private bool ReadEndpoint(JsonWalker document, ReadOnlySpan<byte> member) => TryOpen(document, member, '{', out var endpoint, isEntered: false) && _endpoint.Read(endpoint);

    /// <summary>Walks into a member that is an object or an array.</summary>
    private bool TryOpen(in JsonWalker document, ReadOnlySpan<byte> member, char open, out JsonWalker walker, bool isEntered = true)
    {
        var at = _span.IndexOf(document, member);
        walker = at < 0 ? document : document.Open(_span[at].Value);
        return at >= 0 && walker.PeekValue() == open && (!isEntered || walker.Enter(open));
    }

    private bool IsNodeAttribute(ReadOnlySpan<byte> name)
    {
        foreach (var attribute in _nodeAttributes)
        {
            if (name.SequenceEqual(attribute))
                return true;
        }
        return false;
    }

    private ReadOnlySpan<byte> Content(in JsonWalker document, ReadOnlySpan<byte> member) => FindString(_span, document, member);

    private ulong Micros(in JsonWalker document, ReadOnlySpan<byte> member) =>
        _span.IndexOf(document, member) is >= 0 and var at ? Number(document.Span(_span[at].Value)) : 0;

    private static ulong Number(ReadOnlySpan<byte> value) => Utf8Parser.TryParse(ContentOf(value), out ulong number, out _) ? number : 0;

    private static ReadOnlySpan<byte> FindString(JsonMembers members, in JsonWalker document, ReadOnlySpan<byte> name)
    {
        var at = members.IndexOf(document, name);
        return at >= 0 && document.Span(members[at].Value) is [(byte)'"', .. var content, (byte)'"'] ? content : default;
    }

    /// <summary>What stands between a string's quotes; another value as it is.</summary>
    private static ReadOnlySpan<byte> ContentOf(ReadOnlySpan<byte> value) => value is [(byte)'"', .. var content, (byte)'"'] ? content : value;

    private static bool TryHex(ReadOnlySpan<byte> digits, out ulong value) => Utf8Parser.TryParse(digits, out value, out var read, 'x') && read == digits.Length;

    private static ulong KindOf(ReadOnlySpan<byte> kind) =>
        kind.SequenceEqual("SERVER"u8) ? 2UL : kind.SequenceEqual("CLIENT"u8) ? 3UL : kind.SequenceEqual("PRODUCER"u8) ? 4UL : kind.SequenceEqual("CONSUMER"u8) ? 5UL : 0;
}
