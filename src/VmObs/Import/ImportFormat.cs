namespace VmObs.Import;

/// <summary>What a file to import holds.</summary>
internal enum ImportFormat
{
    /// <summary>An OTLP Export…ServiceRequest as JSON a line, as the OpenTelemetry Collector's file exporter writes them.</summary>
    OtlpJson,

    /// <summary>A JSON log record a line.</summary>
    JsonLines,

    /// <summary>OpenMetrics 1.0, each sample with its time, as "promtool tsdb create-blocks-from openmetrics" takes it.</summary>
    OpenMetrics,

    /// <summary>Prometheus's text format 0.0.4, each sample with its time in milliseconds.</summary>
    PrometheusText,
}

/// <summary>Names and guesses of formats.</summary>
internal static class ImportFormats
{
    private const int PeekedBytes = 4096;

    /// <summary>The names on the command line.</summary>
    public static string[] Names { get; } = ["otlp-json", "json-lines", "openmetrics", "prometheus-text"];

    /// <summary>The format of a name.</summary>
    public static ImportFormat Parse(string name) => (ImportFormat)Array.IndexOf(Names, name);

    /// <summary>The format of a text by its beginning; null where it is none of these.</summary>
    public static ImportFormat? Guess(ReadOnlySpan<byte> beginning)
    {
        var text = beginning.TrimStart("\uFEFF \t\r\n"u8);
        if (text.StartsWith("# TYPE "u8) || text.StartsWith("# HELP "u8) || text.StartsWith("# UNIT "u8))
            return ImportFormat.OpenMetrics;
        if (text.IsEmpty || text[0] != '{')
            return null;
        // The first member of an export request is its only one.
        var head = text[..Math.Min(text.Length, PeekedBytes)];
        var isOtlp = head.IndexOf("\"resourceLogs\""u8) >= 0 || head.IndexOf("\"resourceMetrics\""u8) >= 0 || head.IndexOf("\"resourceSpans\""u8) >= 0;
        return isOtlp ? ImportFormat.OtlpJson : ImportFormat.JsonLines;
    }
}
