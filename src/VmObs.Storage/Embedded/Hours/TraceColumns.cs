using System.Globalization;
using VmObs.Signals.Traces;
using VmObs.Storage.Parquet;
using Encoding = System.Text.Encoding;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>The columns of a trace file, in order: three ids and two names of numbers as texts, the ten texts of a span record, then numbers.</summary>
internal static class TraceColumns
{
    public const string Format = "traces/1";
    public const int TraceIdIndex = 0;
    public const int SpanIdIndex = 1;
    public const int ParentSpanIdIndex = 2;
    public const int KindIndex = 3;
    public const int StatusIndex = 4;
    public const int FirstSpanTextIndex = 5;
    public const int SpanTexts = 10;
    public const int DecisionIndex = FirstSpanTextIndex + SpanTexts;
    public const int StartIndex = DecisionIndex + 1;
    public const int StartNanosIndex = StartIndex + 1;
    public const int DurationIndex = StartNanosIndex + 1;
    public const int FlagsIndex = DurationIndex + 1;
    public const string Table = "spans";
    public const int Texts = DecisionIndex;

    /// <summary>Rows of a page of numbers: what a query for one trace must decompress.</summary>
    public const int PageRows = 2048;

    /// <summary>Bytes of a page of ids of spans.</summary>
    public const int SpanIdPageBytes = PageRows * 2 * sizeof(ulong);

    /// <summary>Bytes of a page of ids of traces.</summary>
    public const int TraceIdPageBytes = PageRows * 2 * TraceId.Bytes;

    /// <summary>Bytes of a page of long texts: in smaller ones zstd finds less that repeats.</summary>
    public const int LongTextPageBytes = 256 * 1024;

    /// <summary>The columns; the span record's texts in the order of <see cref="SpanText"/>.</summary>
    public static IReadOnlyList<ParquetColumn> All { get; } =
    [
        Text("trace_id") with { HasFilter = true }, Text("span_id") with { HasBounds = false }, OptionalText("parent_span_id"), Text("kind"), Text("status"),
        Text("name"), Text("service"), Text("node"), OptionalText("status_message"), OptionalText("trace_state"),
        OptionalText("attributes"), OptionalText("events"), OptionalText("links"), OptionalText("resource"), OptionalText("scope"),
        new ParquetColumn("decision", ParquetType.Int64),
        new ParquetColumn("start_time", ParquetType.Int64, ParquetMeaning.UtcMilliseconds),
        new ParquetColumn("start_time_nanos", ParquetType.Int32),
        new ParquetColumn("duration_nanos", ParquetType.Int64),
        new ParquetColumn("flags", ParquetType.Int32, ParquetMeaning.UInt32),
    ];

    /// <summary>The formats that are read.</summary>
    public static IReadOnlyList<HourFormat> Formats { get; } = [new(Format, Table, All)];

    /// <summary>The column of one of a span record's texts.</summary>
    public static int IndexOf(SpanText text) => FirstSpanTextIndex + (int)text;

    /// <summary>A role's name in the file; the number itself where the role has no name, so that every record comes back as it was.</summary>
    public static ReadOnlySpan<byte> KindName(SpanKind kind) => kind switch
    {
        SpanKind.Unspecified => "unspecified"u8,
        SpanKind.Internal => "internal"u8,
        SpanKind.Server => "server"u8,
        SpanKind.Client => "client"u8,
        SpanKind.Producer => "producer"u8,
        SpanKind.Consumer => "consumer"u8,
        _ => Encoding.ASCII.GetBytes(((byte)kind).ToString(CultureInfo.InvariantCulture)),
    };

    /// <summary>The role of a name in the file.</summary>
    public static SpanKind ParseKind(ReadOnlySpan<byte> name)
    {
        for (var kind = SpanKind.Unspecified; kind <= SpanKind.Consumer; kind++)
        {
            if (name.SequenceEqual(KindName(kind)))
                return kind;
        }
        return (SpanKind)ParseNumber(name, (byte)SpanKind.Consumer, "kind");
    }

    /// <summary>An outcome's name in the file; the number itself where it has no name.</summary>
    public static ReadOnlySpan<byte> StatusName(SpanStatus status) => status switch
    {
        SpanStatus.Unset => "unset"u8,
        SpanStatus.Ok => "ok"u8,
        SpanStatus.Error => "error"u8,
        _ => Encoding.ASCII.GetBytes(((byte)status).ToString(CultureInfo.InvariantCulture)),
    };

    /// <summary>The outcome of a name in the file.</summary>
    public static SpanStatus ParseStatus(ReadOnlySpan<byte> name)
    {
        for (var status = SpanStatus.Unset; status <= SpanStatus.Error; status++)
        {
            if (name.SequenceEqual(StatusName(status)))
                return status;
        }
        return (SpanStatus)ParseNumber(name, (byte)SpanStatus.Error, "status");
    }

    private static ParquetColumn Text(string name) => new(name, ParquetType.ByteArray, ParquetMeaning.Text);

    // An empty text is null, for SQL's JSON functions fail on "". The order of these texts says nothing, so that they have no bounds.
    private static ParquetColumn OptionalText(string name) => Text(name) with { IsOptional = true, HasBounds = false };

    private static byte ParseNumber(ReadOnlySpan<byte> text, byte lastNamed, string what) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > lastNamed
            ? number
            : throw new InvalidDataException($"span {what} \"{Encoding.UTF8.GetString(text)}\"");
}
