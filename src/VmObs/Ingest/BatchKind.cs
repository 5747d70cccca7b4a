using VmObs.Signals.Decoding;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;

namespace VmObs.Ingest;

/// <summary>Reads a request into a batch; null when it was read.</summary>
internal delegate WireError? DecodeRequest<TBatch>(in ReceivedRequest request, TBatch into);

/// <summary>What taking a request needs to know of its signal's batch.</summary>
internal sealed record BatchKind<TBatch>(
    Signal Signal, Func<TBatch> Create, DecodeRequest<TBatch> Decode, Func<TBatch, int> Count, Func<TBatch, Refusals> Refusals, Action<TBatch> Clear, Func<TBatch, byte[]> Answer,
    Func<TBatch, (int Histograms, int Exemplars)> NativeCounts)
    where TBatch : class, IDisposable;

/// <summary>The three kinds.</summary>
internal static class BatchKinds
{
    public static BatchKind<MetricBatch> Metrics(RequestDecoder decoder) =>
        new(Signal.Metrics, static () => new MetricBatch(), decoder.TryDecode, static batch => batch.SampleCount, static batch => batch.Refusals, static batch => batch.Clear(),
            static _ => [], static batch => batch.NativeCounts);

    public static BatchKind<LogBatch> Logs(RequestDecoder decoder) =>
        new(Signal.Logs, static () => new LogBatch(), decoder.TryDecode, static batch => batch.Count, static batch => batch.Refusals, static batch => batch.Clear(),
            static batch => batch.Answer.WrittenSpan.ToArray(), static _ => default);

    public static BatchKind<TraceBatch> Traces(RequestDecoder decoder) =>
        new(Signal.Traces, static () => new TraceBatch(), decoder.TryDecode, static batch => batch.Count, static batch => batch.Refusals, static batch => batch.Clear(), static _ => [],
            static _ => default);
}
