using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.ElasticBulk;
using VmObs.Signals.Wire.Jaeger;
using VmObs.Signals.Wire.JsonLogs;
using VmObs.Signals.Wire.JsonMetrics;
using VmObs.Signals.Wire.JsonTraces;
using VmObs.Signals.Wire.LokiPush;
using VmObs.Signals.Wire.Otlp;
using VmObs.Signals.Wire.RemoteWrite;
using VmObs.Signals.Wire.Syslog;
using VmObs.Signals.Wire.Zipkin;

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
    private readonly RemoteWrite2Reader _remoteWrite2;
    private readonly SeriesIntake _series;
    private readonly BoundSeries _boundSeries;
    private readonly LokiPushReader _lokiPush;
    private readonly LokiJsonTranscoder _lokiJson = new();
    private readonly JsonLogReader _jsonLogs;
    private readonly BulkReader _bulk;
    private readonly SyslogReader _syslog;
    private readonly JsonMetricReader _jsonMetrics;
    private readonly JsonTraceReader _jsonTraces;
    private readonly OtlpJsonTranscoder _transcoder = new();
    private readonly ZipkinTranscoder _zipkin;
    private readonly PooledBuffer _traceNode = new(256);
    private PooledBuffer _plain = new(), _protobuf = new();

    public WireDecoder(IngestRules rules, SeriesInterner interner)
    {
        _rules = rules;
        _otlp = new OtlpContext(rules, interner);
        _boundSeries = new BoundSeries(interner);
        _otlpMetrics = new OtlpMetricReader(_otlp);
        _intake = new LogIntake(rules);
        _otlpLogs = new OtlpLogReader(_otlp, _intake);
        _series = new SeriesIntake(rules, interner);
        _remoteWrite = new RemoteWriteReader(_series, interner);
        _remoteWrite2 = new RemoteWrite2Reader(_series, interner);
        _jsonLogs = new JsonLogReader(rules, _intake);
        _bulk = new BulkReader(rules, _jsonLogs);
        _syslog = new SyslogReader(rules, _intake);
        _jsonMetrics = new JsonMetricReader(rules, interner);
        _jsonTraces = new JsonTraceReader(rules, _traceNode);
        _lokiPush = new LokiPushReader(rules, _intake);
        _otlpTraces = new OtlpTraceReader(_otlp, _traceNode);
        _zipkin = new ZipkinTranscoder(rules);
    }

    public WireError? Decode(in ReceivedRequest request, MetricBatch into)
    {
        _otlp.BeginRequest(request.ArrivalUnixNanos);
        var error = request.Format == WireFormat.JsonMetrics ? ReadJson(request, into) : ReadProtobuf(request, into);
        // Behind the readers: they know series again by the bytes that the sender wrote.
        if (error is null && request.NodeBytes > 0)
            _boundSeries.Bind(into, request.Node.Span);
        Close();
        return error;
    }

    public WireError? Decode(in ReceivedRequest request, LogBatch into)
    {
        _otlp.BeginRequest(request.ArrivalUnixNanos);
        _intake.BindTo(request.Node.Span);
        var error = request.Format is WireFormat.JsonLogs or WireFormat.ElasticBulk or WireFormat.Syslog ? ReadText(request, into) : ReadProtobuf(request, into);
        Close();
        return error;
    }

    public WireError? Decode(in ReceivedRequest request, TraceBatch into)
    {
        _otlp.BeginRequest(request.ArrivalUnixNanos);
        _traceNode.Clear();
        _traceNode.Write(request.Node.Span);
        var error = request.Format == WireFormat.JsonTraces ? ReadJson(request, into) : ReadProtobuf(request, into);
        Close();
        return error;
    }

    public void Dispose()
    {
        _otlpMetrics.Dispose();
        _intake.Dispose();
        _series.Dispose();
        _boundSeries.Dispose();
        _remoteWrite2.Dispose();
        _lokiPush.Dispose();
        _lokiJson.Dispose();
        _jsonLogs.Dispose();
        _bulk.Dispose();
        _syslog.Dispose();
        _jsonMetrics.Dispose();
        _jsonTraces.Dispose();
        _otlp.Dispose();
        _transcoder.Dispose();
        _zipkin.Dispose();
        _traceNode.Dispose();
        _plain.Dispose();
        _protobuf.Dispose();
    }

    private WireError? ReadJson(in ReceivedRequest request, MetricBatch into)
    {
        var body = Uncompress(request, out var error);
        return error ?? _jsonMetrics.Read(body, _otlp.LatestUnixNanos, into);
    }

    private WireError? ReadText(in ReceivedRequest request, LogBatch into)
    {
        var body = Uncompress(request, out var error);
        if (error is not null)
            return error;
        if (request.Format == WireFormat.Syslog)
            return _syslog.Read(body, request.ArrivalUnixNanos, _otlp.LatestUnixNanos, into);
        _jsonLogs.Begin(request.ArrivalUnixNanos, _otlp.LatestUnixNanos, into);
        return request.Format == WireFormat.ElasticBulk ? _bulk.Read(body, request.ArrivalUnixNanos, into) : _jsonLogs.Read(body);
    }

    private WireError? ReadJson(in ReceivedRequest request, TraceBatch into)
    {
        var body = Uncompress(request, out var error);
        return error ?? _jsonTraces.Read(body, _otlp.LatestUnixNanos, into);
    }

    private WireError? ReadProtobuf(in ReceivedRequest request, MetricBatch into)
    {
        var schema = request.Format switch
        {
            WireFormat.RemoteWrite1 => RemoteWriteSchema.WriteRequest,
            WireFormat.RemoteWrite2 => RemoteWrite2Schema.Request,
            _ => OtlpSchema.MetricsRequest,
        };
        var body = Open(request, schema, out var error);
        if (error is not null)
            return error;
        var fault = default(WireFault);
        var reader = new ProtobufReader(body, ref fault);
        if (request.Format == WireFormat.RemoteWrite1)
            _remoteWrite.Read(ref reader, _otlp.LatestUnixNanos, into);
        else if (request.Format == WireFormat.RemoteWrite2)
            _remoteWrite2.Read(ref reader, _otlp.LatestUnixNanos, into);
        else
            _otlpMetrics.Read(ref reader, into);
        return Explain(fault, schema, body);
    }

    private WireError? ReadProtobuf(in ReceivedRequest request, LogBatch into)
    {
        var loki = request.Format is WireFormat.LokiProtobuf or WireFormat.LokiJson;
        var schema = loki ? LokiPushSchema.PushRequest : OtlpSchema.LogsRequest;
        var body = Open(request, schema, out var error);
        if (error is not null)
            return error;
        var fault = default(WireFault);
        var reader = new ProtobufReader(body, ref fault);
        if (loki)
            _lokiPush.Read(ref reader, request.ArrivalUnixNanos, _otlp.LatestUnixNanos, into);
        else
            _otlpLogs.Read(ref reader, into);
        return Explain(fault, schema, body);
    }

    private WireError? ReadProtobuf(in ReceivedRequest request, TraceBatch into)
    {
        var body = Open(request, OtlpSchema.TraceRequest, out var error);
        if (error is not null)
            return error;
        var fault = default(WireFault);
        var reader = new ProtobufReader(body, ref fault);
        _otlpTraces.Read(ref reader, into);
        return Explain(fault, OtlpSchema.TraceRequest, body);
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
            case WireFormat.ZipkinJson:
                error = _zipkin.Transcode(body, _protobuf, _rules.MaxDecodedBytes);
                return _protobuf.WrittenSpan;
            case WireFormat.JaegerThrift:
                error = JaegerTranscoder.Transcode(body, _protobuf, _rules.MaxDecodedBytes);
                return _protobuf.WrittenSpan;
            case WireFormat.LokiJson:
                error = _lokiJson.Transcode(body, _protobuf, _rules.MaxDecodedBytes);
                return _protobuf.WrittenSpan;
            case WireFormat.RemoteWrite1 or WireFormat.RemoteWrite2 or WireFormat.LokiProtobuf:
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
        var body = request.Content.Span;
        if (request.Coding != ContentCoding.Identity)
        {
            error = CodedBody.Undo(request.Coding, request.Content, _rules.MaxDecodedBytes, _plain);
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
