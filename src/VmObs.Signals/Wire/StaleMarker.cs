namespace VmObs.Signals.Wire;

/// <summary>The value that ends a series: Prometheus's stale NaN.</summary>
internal static class StaleMarker
{
    public static double Value => BitConverter.UInt64BitsToDouble(0x7ff0000000000002);
}
