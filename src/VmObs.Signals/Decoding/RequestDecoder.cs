using System.Collections.Concurrent;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;

namespace VmObs.Signals.Decoding;

/// <summary>Turns requests into batches: undoes the compression, reads the wire format, applies the rules.</summary>
/// <remarks>A pure function of request and rules: the same input gives the same batch and the same refusals, now and at a replay.
/// Thread-safe; each call works with scratch space of its own. A batch that could not be read comes back empty.</remarks>
public sealed class RequestDecoder
{
    private readonly ConcurrentBag<WireDecoder> _idle = [];
    private readonly SeriesInterner _interner = new();

    /// <summary>A decoder that applies these rules.</summary>
    public RequestDecoder(IngestRules rules) => Rules = rules;

    /// <summary>The rules it applies.</summary>
    public IngestRules Rules { get; }

    /// <summary>Decodes a request of metrics (OTLP, remote_write, SPEC 2.1).</summary>
    /// <param name="request">Its signal is <see cref="Signal.Metrics"/>.</param>
    /// <param name="into">Cleared first; holds the samples and the refusals afterwards.</param>
    /// <returns>Why the body could not be read; null when it was.</returns>
    public WireError? TryDecode(in ReceivedRequest request, MetricBatch into)
    {
        Require(request, Signal.Metrics, WireFormat.OtlpProtobuf, WireFormat.OtlpJson, WireFormat.RemoteWrite1, WireFormat.RemoteWrite2, WireFormat.JsonMetrics);
        into.Clear();
        var decoder = Rent();
        var error = decoder.Decode(request, into);
        _idle.Add(decoder);
        if (error is not null)
            into.Clear();
        return error;
    }

    /// <summary>Decodes a request of logs (OTLP, Loki push, JSON lines, Elasticsearch bulk, syslog).</summary>
    /// <param name="request">Its signal is <see cref="Signal.Logs"/>.</param>
    /// <param name="into">Cleared first; holds the records and the refusals afterwards.</param>
    /// <returns>Why the body could not be read; null when it was.</returns>
    public WireError? TryDecode(in ReceivedRequest request, LogBatch into)
    {
        Require(request, Signal.Logs, WireFormat.OtlpProtobuf, WireFormat.OtlpJson, WireFormat.LokiProtobuf, WireFormat.LokiJson, WireFormat.JsonLogs, WireFormat.ElasticBulk, WireFormat.Syslog);
        into.Clear();
        var decoder = Rent();
        var error = decoder.Decode(request, into);
        _idle.Add(decoder);
        if (error is not null)
            into.Clear();
        return error;
    }

    /// <summary>Decodes a request of traces (OTLP, SPEC 2.3, Zipkin, Jaeger).</summary>
    /// <param name="request">Its signal is <see cref="Signal.Traces"/>.</param>
    /// <param name="into">Cleared first; holds the spans and the refusals afterwards.</param>
    /// <returns>Why the body could not be read; null when it was.</returns>
    public WireError? TryDecode(in ReceivedRequest request, TraceBatch into)
    {
        Require(request, Signal.Traces, WireFormat.OtlpProtobuf, WireFormat.OtlpJson, WireFormat.JsonTraces, WireFormat.ZipkinJson, WireFormat.JaegerThrift);
        into.Clear();
        var decoder = Rent();
        var error = decoder.Decode(request, into);
        _idle.Add(decoder);
        if (error is not null)
            into.Clear();
        return error;
    }

    private static void Require(in ReceivedRequest request, Signal signal, params ReadOnlySpan<WireFormat> formats)
    {
        if (request.Signal != signal || !formats.Contains(request.Format))
            throw new ArgumentException($"BUG: a request of {request.Signal} in {request.Format} was given a batch of {signal}", nameof(request));
    }

    private WireDecoder Rent() => _idle.TryTake(out var decoder) ? decoder : new WireDecoder(Rules, _interner);
}
