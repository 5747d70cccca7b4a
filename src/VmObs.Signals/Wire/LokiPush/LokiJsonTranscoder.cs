using System.Buffers;
using System.Buffers.Text;
using VmObs.Signals.Wire.Json;

namespace VmObs.Signals.Wire.LokiPush;

/// <summary>Rewrites a Loki push in JSON as its protobuf, so that one reader gives both the same meaning.</summary>
/// <remarks>
/// <code>{"streams":[{"stream":{"app":"web"},"values":[["1765031415123000000","line",{"trace_id":"…"}]]}]}</code>
/// Times are Unix ns, as a string or as a number. Unknown members are passed over; what follows the third item of an entry too.
/// https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
/// </remarks>
internal sealed class LokiJsonTranscoder : IDisposable
{
    private const long NanosPerSecond = 1_000_000_000;

    private static readonly SearchValues<byte> NotInNames = SearchValues.Create([.. Enumerable.Range(0, 0x21).Select(static b => (byte)b), .. "=,{}\"\\"u8]);

    private readonly PooledBuffer _labels = new(512), _scratch = new(256);
    private PooledBuffer _out = null!;
    private int _maxBytes, _stream, _entry;
    private string _part = "";

    /// <summary>Rewrites a body.</summary>
    /// <param name="json">The body.</param>
    /// <param name="into">Gets the protobuf, at most about <paramref name="maxBytes"/>.</param>
    /// <param name="maxBytes">Bound of the protobuf.</param>
    /// <returns>Why the body could not be read; null when it was.</returns>
    public WireError? Transcode(ReadOnlySpan<byte> json, PooledBuffer into, int maxBytes)
    {
        (_out, _maxBytes, _stream, _entry, _part) = (into, Math.Min(maxBytes, ProtobufWriter.MaxFramedBytes - 1), -1, -1, "");
        var fault = default(WireFault);
        var request = new JsonWalker(json, 0, ref fault);
        if (request.Enter('{'))
        {
            while (request.NextMember(out var name))
            {
                if (request.Span(name).SequenceEqual("streams"u8))
                    WriteStreams(ref request);
                else
                    request.ReadValue();
            }
            if (!request.Failed && !request.AtEnd())
                request.FailAt(request.Position, "the end of the request", "more");
        }
        return fault.IsSet ? new WireError(fault.Offset, Where(), fault.Expected!, fault.Found!) : null;
    }

    public void Dispose()
    {
        _labels.Dispose();
        _scratch.Dispose();
    }

    private void WriteStreams(ref JsonWalker request)
    {
        // The walker goes on in place: reading the whole list first would walk all of it twice.
        var streams = request.OpenNext();
        if (streams.Enter('['))
        {
            while (streams.NextItem())
            {
                (_stream, _entry, _part) = (_stream + 1, -1, "");
                var mark = ProtobufWriter.BeginMessage(_out, 1);
                var stream = streams.OpenNext();
                WriteStream(ref stream);
                streams.MoveTo(stream.Position);
                if (stream.Failed)
                    break;
                ProtobufWriter.EndMessage(_out, mark);
            }
        }
        request.MoveTo(streams.Position);
        if (!request.Failed)
            _stream = -1;
    }

    private void WriteStream(ref JsonWalker stream)
    {
        _labels.Clear();
        if (!stream.Enter('{'))
            return;
        while (stream.NextMember(out var name))
        {
            var text = stream.Span(name);
            if (text.SequenceEqual("stream"u8))
            {
                _part = ".stream";
                ReadLabels(stream.Open(stream.ReadValue()));
            }
            else if (text.SequenceEqual("values"u8))
            {
                WriteEntries(ref stream);
            }
            else
            {
                stream.ReadValue();
            }
            _part = stream.Failed ? _part : "";
        }
        if (_labels.Length == 0)
            _labels.WriteByte((byte)'{');
        _labels.WriteByte((byte)'}');
        ProtobufWriter.Bytes(_out, 1, _labels.WrittenSpan);
    }

    /// <summary>Writes labels as the protobuf has them: <c>{app="web"</c>, to be closed.</summary>
    private void ReadLabels(JsonWalker labels)
    {
        _labels.Clear();
        _labels.WriteByte((byte)'{');
        if (!labels.Enter('{'))
            return;
        while (labels.NextMember(out var name))
        {
            var text = labels.Span(name);
            if (text.IsEmpty || text.ContainsAny(NotInNames))
                labels.FailAt(name.Offset, "a label's name without space, quotes, braces, commas and equal signs", "another");
            var content = labels.Span(labels.ReadString());
            if (labels.Failed)
                return;
            if (_labels.Length > 1)
                _labels.WriteByte((byte)',');
            _labels.Write(text);
            _labels.Write("=\""u8);
            foreach (var b in JsonCopy.Text(content, _scratch))
            {
                if (b is (byte)'"' or (byte)'\\')
                    _labels.WriteByte((byte)'\\');
                _labels.WriteByte(b);
            }
            _labels.WriteByte((byte)'"');
        }
    }

    private void WriteEntries(ref JsonWalker stream)
    {
        var entries = stream.OpenNext();
        _part = ".values";
        if (entries.Enter('['))
        {
            while (entries.NextItem())
            {
                _entry++;
                if (_out.Length > _maxBytes)
                    entries.FailAt(entries.Position, $"a request of at most {_maxBytes} bytes as protobuf", "a larger one");
                WriteEntry(entries.Open(entries.ReadValue()));
            }
        }
        stream.MoveTo(entries.Position);
        if (!stream.Failed)
            _entry = -1;
    }

    private void WriteEntry(JsonWalker entry)
    {
        var start = entry.Position;
        if (!entry.Enter('['))
            return;
        var mark = ProtobufWriter.BeginMessage(_out, 2);
        if (!entry.NextItem())
            entry.FailAt(start, "a time and a line", "an empty array");
        WriteTime(ref entry);
        if (!entry.NextItem())
            entry.FailAt(start, "a time and a line", "a time alone");
        ProtobufWriter.Bytes(_out, 2, JsonCopy.Text(entry.Span(entry.ReadString()), _scratch));
        if (entry.NextItem())
        {
            WriteMetadata(entry.Open(entry.ReadValue()));
            while (entry.NextItem())
                entry.ReadValue();
        }
        if (!entry.Failed)
            ProtobufWriter.EndMessage(_out, mark);
    }

    private void WriteTime(ref JsonWalker entry)
    {
        var value = entry.ReadValue();
        if (entry.Failed)
            return;
        var text = entry.Span(value).Trim((byte)'"');
        if (!Utf8Parser.TryParse(text, out long nanos, out var read) || read != text.Length)
        {
            entry.FailAt(value.Offset, "a time in Unix ns", "another value");
            return;
        }
        var mark = ProtobufWriter.BeginMessage(_out, 1);
        ProtobufWriter.Varint(_out, 1, (ulong)(nanos / NanosPerSecond));
        ProtobufWriter.Varint(_out, 2, (ulong)(nanos % NanosPerSecond));
        ProtobufWriter.EndMessage(_out, mark);
    }

    private void WriteMetadata(JsonWalker metadata)
    {
        if (!metadata.Enter('{'))
            return;
        while (metadata.NextMember(out var name))
        {
            var content = metadata.Span(metadata.ReadString());
            if (metadata.Failed)
                return;
            var mark = ProtobufWriter.BeginMessage(_out, 3);
            ProtobufWriter.Bytes(_out, 1, JsonCopy.Text(metadata.Span(name), _scratch));
            ProtobufWriter.Bytes(_out, 2, JsonCopy.Text(content, _scratch));
            ProtobufWriter.EndMessage(_out, mark);
        }
    }

    private string Where() => _stream < 0 ? "request" : _entry < 0 ? $"streams[{_stream}]{_part}" : $"streams[{_stream}]{_part}[{_entry}]";
}
