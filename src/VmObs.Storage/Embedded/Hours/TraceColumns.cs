using ParquetSharp;
using ParquetSharp.Schema;
using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>The columns of a trace file, in order: three ids and two names of numbers as texts, the ten texts of a span record, then numbers.</summary>
internal static class TraceColumns
{
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

    /// <summary>The columns of texts; the span record's in the order of <see cref="SpanText"/>.</summary>
    public static IReadOnlyList<string> Texts { get; } =
    [
        "trace_id", "span_id", "parent_span_id", "kind", "status",
        "name", "service", "node", "status_message", "trace_state", "attributes", "events", "links", "resource", "scope",
    ];

    /// <summary>Columns with few distinct texts.</summary>
    public static IReadOnlyList<string> Dictionaries { get; } =
        ["trace_id", "kind", "status", "name", "service", "node", "status_message", "trace_state", "resource", "scope"];

    /// <summary>The schema.</summary>
    public static GroupNode Schema() => new("spans", Repetition.Required,
    [
        .. Texts.Select(ParquetTable.Text),
        ParquetTable.Column("decision", LogicalType.None(), PhysicalType.Int64),
        ParquetTable.Milliseconds(Start),
        ParquetTable.Column("start_time_nanos", LogicalType.None(), PhysicalType.Int32),
        ParquetTable.Column("duration_nanos", LogicalType.None(), PhysicalType.Int64),
        ParquetTable.Column("flags", LogicalType.None(), PhysicalType.Int32),
    ]);

    /// <summary>A role's name in the file.</summary>
    public static ReadOnlySpan<byte> KindName(SpanKind kind) => kind switch
    {
        SpanKind.Internal => "internal"u8,
        SpanKind.Server => "server"u8,
        SpanKind.Client => "client"u8,
        SpanKind.Producer => "producer"u8,
        SpanKind.Consumer => "consumer"u8,
        _ => "unspecified"u8,
    };

    /// <summary>The role of a name in the file.</summary>
    public static SpanKind ParseKind(ReadOnlySpan<byte> name)
    {
        for (var kind = SpanKind.Unspecified; kind <= SpanKind.Consumer; kind++)
        {
            if (name.SequenceEqual(KindName(kind)))
                return kind;
        }
        throw new InvalidDataException($"span kind \"{System.Text.Encoding.UTF8.GetString(name)}\" is unknown");
    }

    /// <summary>An outcome's name in the file.</summary>
    public static ReadOnlySpan<byte> StatusName(SpanStatus status) => status switch
    {
        SpanStatus.Ok => "ok"u8,
        SpanStatus.Error => "error"u8,
        _ => "unset"u8,
    };

    /// <summary>The outcome of a name in the file.</summary>
    public static SpanStatus ParseStatus(ReadOnlySpan<byte> name)
    {
        for (var status = SpanStatus.Unset; status <= SpanStatus.Error; status++)
        {
            if (name.SequenceEqual(StatusName(status)))
                return status;
        }
        throw new InvalidDataException($"span status \"{System.Text.Encoding.UTF8.GetString(name)}\" is unknown");
    }
}
