using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>Writes an exemplar that came by itself as the detail of a sample, in the form that OTLP's exemplars have.</summary>
/// <remarks><code>{"exemplars":[{"timestamp":"…","value":1.5,"trace_id":"…","span_id":"…","labels":{"user":"7"}}]}</code>
/// Use: <see cref="Begin"/>, <see cref="AddLabel"/> for each label, <see cref="TryEnd"/>, then <see cref="Json"/>. Not thread-safe.</remarks>
internal sealed class ExemplarDetail : IDisposable
{
    private const int TraceIdDigits = 32, SpanIdDigits = 16;

    // What stands around the labels.
    private const int MaxLabelsBytes = SampleDetail.MaxBytes - 512;

    private readonly PooledBuffer _json = new(512);
    private readonly PooledBuffer _labels = new(256);
    private readonly byte[] _traceId = new byte[TraceIdDigits];
    private readonly byte[] _spanId = new byte[SpanIdDigits];
    private bool _hasTrace, _hasSpan;

    /// <summary>The detail, after <see cref="TryEnd"/>.</summary>
    public ReadOnlySpan<byte> Json => _json.WrittenSpan;

    public void Begin()
    {
        _labels.Clear();
        (_hasTrace, _hasSpan) = (false, false);
    }

    /// <summary>Adds a label; OpenTelemetry's and Grafana's names of trace and span become the ids when they hold one.</summary>
    public void AddLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if ((name.SequenceEqual("trace_id"u8) || name.SequenceEqual("traceID"u8)) && TryCopyId(value, _traceId))
        {
            _hasTrace = true;
        }
        else if ((name.SequenceEqual("span_id"u8) || name.SequenceEqual("spanID"u8)) && TryCopyId(value, _spanId))
        {
            _hasSpan = true;
        }
        else if (_labels.Length <= MaxLabelsBytes)
        {
            if (_labels.Length > 0)
                _labels.WriteByte((byte)',');
            JsonText.WriteString(_labels, name);
            _labels.WriteByte((byte)':');
            JsonText.WriteString(_labels, value);
        }
    }

    /// <summary>Writes the detail; false when its labels are too long.</summary>
    public bool TryEnd(long unixNanos, double value)
    {
        if (_labels.Length > MaxLabelsBytes)
            return false;
        _json.Clear();
        _json.Write("{\"exemplars\":[{\"timestamp\":"u8);
        JsonText.WriteTime(_json, unixNanos);
        _json.Write(",\"value\":"u8);
        JsonText.WriteDouble(_json, value);
        WriteId(",\"trace_id\":\""u8, _hasTrace, _traceId);
        WriteId(",\"span_id\":\""u8, _hasSpan, _spanId);
        if (_labels.Length > 0)
        {
            _json.Write(",\"labels\":{"u8);
            _json.Write(_labels.WrittenSpan);
            _json.WriteByte((byte)'}');
        }
        _json.Write("}]}"u8);
        return true;
    }

    public void Dispose()
    {
        _json.Dispose();
        _labels.Dispose();
    }

    private static bool TryCopyId(ReadOnlySpan<byte> text, Span<byte> id)
    {
        if (text.Length != id.Length)
            return false;
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiHexDigit((char)text[i]))
                return false;
            id[i] = (byte)char.ToLowerInvariant((char)text[i]);
        }
        return true;
    }

    private void WriteId(ReadOnlySpan<byte> member, bool has, ReadOnlySpan<byte> id)
    {
        if (!has)
            return;
        _json.Write(member);
        _json.Write(id);
        _json.WriteByte((byte)'"');
    }
}
