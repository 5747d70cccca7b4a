using VmObs.Signals.Decoding;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;

namespace VmObs.Ingest;

/// <summary>Where the three signals end.</summary>
internal sealed record Sinks(ISink<MetricBatch> Metrics, ISink<LogBatch> Logs, ISink<TraceBatch> Traces);

/// <summary>The intakes of the three signals, which share the room for bodies.</summary>
internal static class Intakes
{
    public static IReadOnlyList<IIntake> Create(RequestDecoder decoder, Sinks sinks, IngestLimits limits, IngestMeter meter, SinkHealth health, TimeProvider time)
    {
        var reader = new BodyReader(limits);
        var rates = new SourceRates(limits.SourceBytesPerSecond, time);
        return
        [
            new Intake<MetricBatch>(BatchKinds.Metrics(decoder), sinks.Metrics, reader, rates, limits, meter, health, time),
            new Intake<LogBatch>(BatchKinds.Logs(decoder), sinks.Logs, reader, rates, limits, meter, health, time),
            new Intake<TraceBatch>(BatchKinds.Traces(decoder), sinks.Traces, reader, rates, limits, meter, health, time),
        ];
    }
}
