using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.LokiPush;
using VmObs.Signals.Wire.Otlp;
using VmObs.Signals.Wire.RemoteWrite;

namespace VmObs.Signals.Decoding;

/// <summary>The readers of all wire formats with their scratch space, for one request at a time.</summary>
internal sealed class WireDecoder : IDisposable
{
    /// <summary>A buffer that grew beyond this for one request goes back to the pool after it.</summary>
    private const int KeptBufferBytes = 1024 * 1024;

    private readonly IngestRules _rules;
    private readonly OtlpContext _otlp;
    private readonly LogIntake _intake;
    private readonly OtlpMetricReader _otlpMetrics;
    private readonly OtlpLogReader _otlpLogs;
    private readonly OtlpTraceReader _otlpTraces;
    private readonly RemoteWriteReader _remoteWrite;
    private readonly LokiPushReader _lokiPush;
    private readonly OtlpJsonTranscoder _transcoder = new();
    private PooledBuffer _plain = new(), _protobuf = new();

    public WireDecoder(IngestRules rules, SeriesInterner interner)
    {
        _rules = rules;
        _otlp = new OtlpContext(rules, interner);
        _otlpMetrics = new OtlpMetricReader(_otlp);
        _intake = new LogIntake(rules);
        _otlpLogs = new OtlpLogReader(_otlp, _intake);
        _remoteWrite = new RemoteWriteReader(rules, interner);
        _lokiPush = new LokiPushReader(rules, _intake);
        _otlpTraces = new OtlpTraceReader(_otlp);
    }

    public WireError? Decode(in ReceivedRequest request, MetricBatch into)
    {
        var remoteWrite = request.Format == WireFormat.RemoteWrite1;
        var schema = remoteWrite ? RemoteWriteSchema.WriteRequest : OtlpSchema.MetricsRequest;
        var body = Open(request, schema, out var error);
        if (error is null)
        {
            var fault = default(WireFault);
            var reader = new ProtobufReader(body, ref fault);
            _otlp.BeginRequest(request.ArrivalUnixNanos);
            if (remoteWrite)
                _remoteWrite.Read(ref reader, _otlp.LatestUnixNanos, into);
            else
                _otlpMetrics.Read(ref reader, into);
            error = Explain(fault, schema, body);
        }
        Close();
        return error;
    }

    public WireError? Decode(in ReceivedRequest request, LogBatch into)
    {
        var loki = request.Format == WireFormat.LokiProtobuf;
        var schema = loki ? LokiPushSchema.PushRequest : OtlpSchema.LogsRequest;
        var body = Open(request, schema, out var error);
        if (error is null)
        {
            var fault = default(WireFault);
            var reader = new ProtobufReader(body, ref fault);
            _otlp.BeginRequest(request.ArrivalUnixNanos);
            if (loki)
                _lokiPush.Read(ref reader, request.ArrivalUnixNanos, _otlp.LatestUnixNanos, into);
            else
                _otlpLogs.Read(ref reader, into);
            error = Explain(fault, schema, body);
        }
        Close();
        return error;
    }

    public WireError? Decode(in ReceivedRequest request, TraceBatch into)
    {
        var body = Open(request, OtlpSchema.TraceRequest, out var error);
        if (error is null)
        {
            var fault = default(WireFault);
            var reader = new ProtobufReader(body, ref fault);
            _otlp.BeginRequest(request.ArrivalUnixNanos);
            _otlpTraces.Read(ref reader, into);
            error = Explain(fault, OtlpSchema.TraceRequest, body);
        }
        Close();
        return error;
    }

    public void Dispose()
    {
        _otlpMetrics.Dispose();
        _intake.Dispose();
        _remoteWrite.Dispose();
        _lokiPush.Dispose();
        _otlp.Dispose();
        _transcoder.Dispose();
        _plain.Dispose();
        _protobuf.Dispose();
    }

    /// <summary>The request's body as plain protobuf; lies in the request or in one of our buffers.</summary>
    private ReadOnlySpan<byte> Open(in ReceivedRequest request, WireSchema schema, out WireError? error)
    {
        var body = Uncompress(request, out error);
        if (error is not null)
            return body;
        switch (request.Format)
        {
            case WireFormat.OtlpProtobuf:
                return body;
            case WireFormat.OtlpJson:
                error = _transcoder.Transcode(body, schema, _protobuf, _rules.MaxDecodedBytes);
                return _protobuf.WrittenSpan;
            case WireFormat.RemoteWrite1 or WireFormat.LokiProtobuf:
                // Another coding stands in the place of the snappy block.
                if (request.Coding != ContentCoding.Identity)
                    return body;
                error = SnappyBody.Undo(body, _rules.MaxDecodedBytes, _protobuf);
                return _protobuf.WrittenSpan;
            default:
                throw new ArgumentOutOfRangeException(nameof(request), request.Format, "BUG: no reader for this format");
        }
    }

    /// <summary>The request's body without its coding.</summary>
    private ReadOnlySpan<byte> Uncompress(in ReceivedRequest request, out WireError? error)
    {
        error = null;
        var body = request.Body.Span;
        if (request.Coding != ContentCoding.Identity)
        {
            error = CodedBody.Undo(request.Coding, request.Body, _rules.MaxDecodedBytes, _plain);
            body = _plain.WrittenSpan;
        }
        if (error is null && body.Length > _rules.MaxDecodedBytes)
            error = new WireError(_rules.MaxDecodedBytes, "body", $"at most {_rules.MaxDecodedBytes} bytes", $"{body.Length}");
        return body;
    }

    private void Close()
    {
        Reset(ref _plain);
        Reset(ref _protobuf);
    }

    private static WireError? Explain(in WireFault fault, WireSchema schema, ReadOnlySpan<byte> body) =>
        fault.IsSet ? new WireError(fault.Offset, WirePath.Locate(schema, body, fault.Offset), fault.Expected!, fault.Found!) : null;

    private static void Reset(ref PooledBuffer buffer)
    {
        buffer.Clear();
        if (buffer.Capacity <= KeptBufferBytes)
            return;
        buffer.Dispose();
        buffer = new PooledBuffer();
    }
}
