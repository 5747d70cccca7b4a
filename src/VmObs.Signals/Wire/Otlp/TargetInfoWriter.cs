using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Writes target_info: one sample a resource a request, with the resource's other attributes as labels.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#resource-attributes-1</remarks>
internal sealed class TargetInfoWriter(OtlpContext context, OtlpSeriesLabels series)
{
    private const int KeptTargets = 4096;

    // By the hash of their labels: a resource that stands in a request twice gets one sample.
    private HashSet<ulong> _written = [];

    public void BeginRequest()
    {
        if (_written.Capacity > KeptTargets)
            _written = [];
        _written.Clear();
    }

    /// <summary>Adds the resource's sample, when its attributes say more than service, job and instance do.</summary>
    /// <param name="resource">The Resource message, at its start.</param>
    /// <param name="schemaUrl">Of the resource; empty when not given.</param>
    /// <param name="unixNanos">The latest time of its samples.</param>
    /// <param name="into">Gets the sample; the refusal when its labels break a limit.</param>
    public void Add(ProtobufReader resource, ReadOnlySpan<byte> schemaUrl, long unixNanos, MetricBatch into)
    {
        if (context.Rules.OtlpTranslation == OtlpTranslation.AsSent)
            return;
        var fits = series.TryBeginTargetInfo(resource, schemaUrl, out var any);
        if (!any)
            return;
        if (!fits)
        {
            Refuse(into);
            return;
        }
        series.Labels.Set("__name__"u8, "target_info"u8);
        var identity = series.Labels.Intern(context.Interner);
        if (_written.Add(identity.Hash))
            into.AddSample(into.AddSeries(identity, MetricKind.Info, default), unixNanos, 1);
    }

    private void Refuse(MetricBatch into) => into.Refusals.Count(
        RefusalReason.InvalidLabels,
        $"target_info of {context.Service}: its resource has over {context.Rules.MaxLabels} attributes, the most that one series may have as labels, or one whose name is over {context.Rules.MaxLabelBytes} bytes or has no letter");
}
