using VmObs.Signals.Metrics;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>The columns of a metric file, in order: six texts, then timestamp, timestamp_nanos and value, then the details of those that have one.</summary>
internal static class MetricColumns
{
    public const string Format = "metrics/2";

    /// <summary>What was written before samples had details: the same without their column.</summary>
    public const string FormatWithoutDetails = "metrics/1";
    public const string Table = "metrics";
    public const int NameIndex = 0;
    public const int LabelsIndex = 1;
    public const int NodeIndex = 2;
    public const int ServiceIndex = 3;
    public const int KindIndex = 4;
    public const int UnitIndex = 5;
    public const int TimestampIndex = 6;
    public const int NanosIndex = 7;
    public const int ValueIndex = 8;
    public const int DetailIndex = 9;

    /// <summary>The columns.</summary>
    public static IReadOnlyList<ParquetColumn> All { get; } =
    [
        .. new[] { "name", "labels", "node", "service", "kind", "unit" }.Select(name => new ParquetColumn(name, ParquetType.ByteArray, ParquetMeaning.Text)),
        new ParquetColumn("timestamp", ParquetType.Int64, ParquetMeaning.UtcMilliseconds),
        new ParquetColumn("timestamp_nanos", ParquetType.Int32, HasBounds: false),
        new ParquetColumn("value", ParquetType.Double, HasBounds: false),
        // Absent is null, for SQL's JSON functions fail on "".
        new ParquetColumn("detail", ParquetType.ByteArray, ParquetMeaning.Text, IsOptional: true, HasBounds: false),
    ];

    /// <summary>The formats that are read: what is written, and what was written before samples had details.</summary>
    public static IReadOnlyList<HourFormat> Formats { get; } = [new(Format, Table, All), new(FormatWithoutDetails, Table, [.. All.Take(DetailIndex)])];

    /// <summary>The kind of a name in the file.</summary>
    public static MetricKind ParseKind(ReadOnlySpan<byte> name) =>
        MetricKindNames.Parse(name) ?? throw new InvalidDataException($"kind \"{System.Text.Encoding.UTF8.GetString(name)}\" is none of {MetricKindNames.All}");
}
