namespace VmObs.Storage.Parquet;

/// <summary>What BYTE_STREAM_SPLIT saves or costs against PLAIN, both compressed by zstd: bytes, by rule of thumb.</summary>
/// <remarks>
/// Measured on pages of one kind, bytes a value PLAIN and split: whole numbers 2.0 and 1.5; short decimals 3.0 and 3.9, because zstd finds
/// whole values again and their bytes are noise; other fractions 7.4 and 6.3; repeated values no matter.
/// </remarks>
internal static class SplitGain
{
    private const double WholeNumber = 0.5, ShortDecimal = -0.9, OtherFraction = 1.1;
    private const int Samples = 16;

    /// <summary>Bytes saved (above zero) or lost (below).</summary>
    public static double Estimate(ReadOnlySpan<double> values)
    {
        // Values that stay as they are cost next to nothing either way.
        var changes = 0;
        for (var i = 1; i < values.Length; i++)
            changes += BitConverter.DoubleToUInt64Bits(values[i]) == BitConverter.DoubleToUInt64Bits(values[i - 1]) ? 0 : 1;
        if (changes * 8 < values.Length)
            return 0;
        double gain = 0;
        var samples = Math.Min(Samples, values.Length);
        for (var i = 0; i < samples; i++)
            gain += Of(values[(int)((long)i * values.Length / samples)]);
        return gain / samples * values.Length;
    }

    private static double Of(double value)
    {
        if (Math.Floor(value) == value)
            return WholeNumber;
        return Math.Round(value * 1000) / 1000 == value ? ShortDecimal : OtherFraction;
    }
}
