namespace VmObs.Signals.Wire.Otlp;

/// <summary>What the points of one metric share.</summary>
internal readonly ref struct OtlpMetricHead(ReadOnlySpan<byte> name, ReadOnlySpan<byte> seriesName, ReadOnlySpan<byte> unit)
{
    /// <summary>As it came.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>What its series are called, translated; parts of histograms and summaries add to it.</summary>
    public ReadOnlySpan<byte> SeriesName { get; } = seriesName;

    public ReadOnlySpan<byte> Unit { get; } = unit;
}
