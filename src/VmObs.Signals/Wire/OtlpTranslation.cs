using System.Text.Json.Serialization;

namespace VmObs.Signals.Wire;

/// <summary>How OTLP metrics and attributes become series: Prometheus's <c>otlp.translation_strategy</c>, and what was before it.</summary>
/// <remarks>Written by name into journal heads. https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/</remarks>
[JsonConverter(typeof(JsonStringEnumConverter<OtlpTranslation>))]
public enum OtlpTranslation : byte
{
    /// <summary>Names as they came, no label but the attributes, node and service, no target_info: how requests were read whose journal
    /// head says nothing about translation.</summary>
    AsSent = 0,

    /// <summary>Prometheus's own names: <c>http.server.request.duration</c> in <c>s</c> is http_server_request_duration_seconds.</summary>
    UnderscoreEscapingWithSuffixes,

    /// <summary>Characters that Prometheus's names have not are underscores; no unit and no type in the name.</summary>
    UnderscoreEscapingWithoutSuffixes,

    /// <summary>Characters as they came; unit and type in the name.</summary>
    NoUTF8EscapingWithSuffixes,

    /// <summary>Names as they came.</summary>
    NoTranslation,
}
