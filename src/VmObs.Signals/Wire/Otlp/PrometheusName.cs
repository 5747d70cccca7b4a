using System.Text;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>The names that Prometheus gives to OpenTelemetry's metrics and attributes.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/</remarks>
public static class PrometheusName
{
    /// <summary>A metric's name: "dotnet.gc.collections" is "dotnet_gc_collections_total".</summary>
    /// <param name="name">As OpenTelemetry has it.</param>
    /// <param name="unit">UCUM; empty for none.</param>
    /// <param name="isRisingSum">A sum that only rises.</param>
    /// <param name="isGauge">A gauge.</param>
    public static string OfMetric(string name, string unit, bool isRisingSum, bool isGauge) => MetricNameText.Translate(
        name, unit, isRisingSum ? MetricNameSuffix.Total : isGauge ? MetricNameSuffix.Ratio : MetricNameSuffix.None, OtlpTranslation.UnderscoreEscapingWithSuffixes);

    /// <summary>A label's name: "gc.heap.generation" is "gc_heap_generation".</summary>
    public static string OfLabel(string attribute)
    {
        using var text = new PooledBuffer(64);
        new LabelNamer(OtlpTranslation.UnderscoreEscapingWithSuffixes).Write(Encoding.UTF8.GetBytes(attribute), text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
