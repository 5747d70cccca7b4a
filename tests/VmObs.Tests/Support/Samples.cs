using VmObs.Signals.Traces;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Support;

/// <summary>Small requests for tests of the store.</summary>
internal static class Samples
{
    public static readonly IReadOnlyList<OtlpAttribute> Guardian = [new("service.name", "guardian"), new("host.name", "brick-01")];
    public static readonly IReadOnlyList<OtlpAttribute> Portal = [new("service.name", "portal"), new("host.name", "portal-01")];

    /// <summary>A time so many seconds into <see cref="EngineFolder.Hour"/>.</summary>
    public static ulong At(double seconds) => (ulong)(EngineFolder.Hour.StartUnixNanos + (long)(seconds * 1e9));

    public static OtlpGroup<OtlpLog> Log(double seconds, string message, int severity = 9, IReadOnlyList<OtlpAttribute>? resource = null) =>
        new(resource ?? Guardian, [new OtlpLog { Time = At(seconds), Body = message, SeverityNumber = severity }]);

    public static OtlpGroup<OtlpMetric> Gauge(string name, params (double Seconds, double Value)[] samples) =>
        new(Guardian, [new OtlpMetric(name, OtlpMetricType.Gauge, [.. samples.Select(s => new OtlpPoint(At(s.Seconds), s.Value))]) { Unit = "%" }]);

    /// <summary>A sample with an exemplar of the same time and value.</summary>
    public static OtlpGroup<OtlpMetric> GaugeWithExemplar(string name, double seconds, double value) =>
        new(Guardian, [new OtlpMetric(name, OtlpMetricType.Gauge, [new OtlpPoint(At(seconds), value) { Exemplars = [new OtlpExemplar(At(seconds), value)] }]) { Unit = "%" }]);

    public static OtlpGroup<OtlpSpan> Span(
        TraceId trace, byte id, byte parent, double start, double seconds, bool failed = false, IReadOnlyList<OtlpAttribute>? resource = null, params OtlpAttribute[] attributes)
    {
        var traceId = new byte[16];
        trace.Write(traceId);
        return new(resource ?? Guardian,
        [
            new OtlpSpan
            {
                TraceId = traceId,
                SpanId = [0, 0, 0, 0, 0, 0, 0, id],
                ParentSpanId = parent == 0 ? [] : [0, 0, 0, 0, 0, 0, 0, parent],
                Name = $"span-{id}",
                Start = At(start),
                End = At(start + seconds),
                StatusCode = failed ? 2 : 0,
                Attributes = attributes,
            },
        ]);
    }
}
