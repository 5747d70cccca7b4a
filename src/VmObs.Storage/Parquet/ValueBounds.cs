namespace VmObs.Storage.Parquet;

/// <summary>The smallest and largest value of a page or chunk as Parquet writes single values: numbers in their bytes, texts as they are.</summary>
internal sealed record ValueBounds(byte[] Smallest, byte[] Largest)
{
    /// <summary>Longer values are left out: they would only swell the footer.</summary>
    public const int MaxBytes = 4096;

    /// <summary>Those of a chunk; null where a page has none.</summary>
    public static ValueBounds? Of(ParquetColumn column, List<PageFacts> pages)
    {
        ValueBounds? all = null;
        foreach (var page in pages)
        {
            if (page.Bounds is not { } bounds)
                return null;
            all ??= bounds;
            all = new ValueBounds(
                column.Compare(bounds.Smallest, all.Smallest) < 0 ? bounds.Smallest : all.Smallest,
                column.Compare(bounds.Largest, all.Largest) > 0 ? bounds.Largest : all.Largest);
        }
        return all;
    }

    /// <summary>Those of texts; null where one is too long to be kept.</summary>
    public static ValueBounds? OfTexts(ReadOnlySpan<byte> smallest, ReadOnlySpan<byte> largest) =>
        smallest.Length > MaxBytes || largest.Length > MaxBytes ? null : new ValueBounds(smallest.ToArray(), largest.ToArray());
}
