namespace VmObs.Signals.Wire.Otlp;

/// <summary>What the points of one metric share.</summary>
internal readonly ref struct OtlpMetricHead(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit)
{
    public ReadOnlySpan<byte> Name { get; } = name;

    public ReadOnlySpan<byte> Unit { get; } = unit;
}
