using System.Globalization;
using ParquetSharp;
using ParquetSharp.Schema;
using VmObs.Signals.Traces;
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
    public const string Start = "start_time";
    public const string StartNanos = "start_time_nanos";
    public const string Duration = "duration_nanos";

    /// <summary>The columns of texts; the span record's in the order of <see cref="SpanText"/>.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        "trace_id", "span_id", "parent_span_id", "kind", "status",
        "name", "service", "node", "status_message", "trace_state", "attributes", "events", "links", "resource", "scope",
    ];

    /// <summary>Columns with few distinct texts.</summary>
    public static IReadOnlyList<string> Dictionaries { get; } =
        ["trace_id", "kind", "status", "name", "service", "node", "status_message", "trace_state", "resource", "scope"];

    /// <summary>Columns where an empty text is null.</summary>
    public static IReadOnlySet<string> Optional { get; } =
        new HashSet<string>(["parent_span_id", "status_message", "trace_state", "attributes", "events", "links", "resource", "scope"], StringComparer.Ordinal);

    /// <summary>Columns whose order says nothing; long texts would only swell the footer.</summary>
    public static IReadOnlyList<string> WithoutStatistics { get; } =
        ["span_id", "parent_span_id", "status_message", "trace_state", "attributes", "events", "links", "resource", "scope"];

    /// <summary>The schema.</summary>
    public static GroupNode Schema() => new("spans", Repetition.Required,
    [
        .. Texts.Select(name => Optional.Contains(name) ? ParquetTable.OptionalText(name) : ParquetTable.Text(name)),
        ParquetTable.Column("decision", LogicalType.None(), PhysicalType.Int64),
        ParquetTable.Milliseconds(Start),
        ParquetTable.Column(StartNanos, LogicalType.None(), PhysicalType.Int32),
        ParquetTable.Column(Duration, LogicalType.None(), PhysicalType.Int64),
        ParquetTable.Column("flags", LogicalType.Int(32, isSigned: false), PhysicalType.Int32),
    ]);

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

    private static byte ParseNumber(ReadOnlySpan<byte> text, byte lastNamed, string what) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > lastNamed
            ? number
            : throw new InvalidDataException($"span {what} \"{Encoding.UTF8.GetString(text)}\"");
}
