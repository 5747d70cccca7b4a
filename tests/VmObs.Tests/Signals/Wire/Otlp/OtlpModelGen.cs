using CsCheck;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Signals.Wire.Otlp;

/// <summary>Generates requests, good and bad ones: ids of wrong length, times far ahead, wrong temporality, histograms that do not fit.</summary>
internal static class OtlpModelGen
{
    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.OneOf("", "a", "le", "service", "node", "__name__", "host.name", "service.name", "code.file.path", "code.lineno", "did:vm:node:brick-01", "x\"y\\z\n\u0001", "ä€𝄞"),
        Gen.String[Gen.Char.Where(static c => !char.IsSurrogate(c)), 0, 12]);

    private static readonly Gen<double> Number = Gen.OneOf(
        Gen.Double, Gen.OneOf<double>(0, -0.0, 1, 1e15, 1e16, 1e21, 1e-5, 1e-7, 5e-324, double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity));

    private static readonly Gen<object?> Value = Values(3);

    private static readonly Gen<OtlpAttribute[]> Attributes = Gen.Select(Text, Value, static (key, value) => new OtlpAttribute(key, value)).Array[0, 6];

    private static readonly Gen<ulong> Time = Gen.OneOf(
        Gen.ULong[Wiring.Arrival - 1_000_000, Wiring.Arrival + 700_000_000_000], Gen.OneOf(0UL, 1UL, ulong.MaxValue, 1UL << 63, (ulong)Wiring.Arrival));

    private static readonly Gen<byte[]> TraceId = Gen.OneOf(Gen.Byte.Array[16], Gen.Byte.Array[0, 17], Gen.Const(new byte[16]));
    private static readonly Gen<byte[]> SpanId = Gen.OneOf(Gen.Byte.Array[8], Gen.Byte.Array[0, 9], Gen.Const(new byte[8]));

    private static readonly Gen<OtlpScope?> Scope = Gen.Select(Gen.Bool, Text, Text, Attributes, static (any, name, version, attributes) =>
        any ? new OtlpScope(name, version) { Attributes = attributes } : null);

    private static readonly Gen<OtlpEntity> Entity = Gen.Select(Text, Text.Array[0, 2], Text.Array[0, 2], Text, static (type, ids, descriptions, schema) =>
        new OtlpEntity(type, ids, descriptions, schema));

    private static readonly Gen<OtlpLog> Log =
        Gen.Select(
            Gen.Select(Time, Time, Gen.Int[-1, 26], Text),
            Gen.Select(Value, Attributes, Gen.UInt[0, 3], Gen.UInt[0, 300]),
            Gen.Select(TraceId, SpanId, Text),
            static (head, content, ids) => new OtlpLog
            {
                Time = head.Item1,
                Observed = head.Item2,
                SeverityNumber = head.Item3,
                SeverityText = head.Item4,
                Body = content.Item1,
                Attributes = content.Item2,
                DroppedAttributes = content.Item3,
                Flags = content.Item4,
                TraceId = ids.Item1,
                SpanId = ids.Item2,
                EventName = ids.Item3,
            });

    private static readonly Gen<OtlpSpan> Span =
        Gen.Select(
            Gen.Select(TraceId, SpanId, SpanId, Text, Text),
            Gen.Select(Gen.Int[0, 7], Time, Gen.ULong[0, 2_000_000], Gen.UInt, Gen.Int[0, 3]),
            Gen.Select(Text, Attributes, Gen.Select(Time, Text, Attributes, static (time, name, attributes) => new OtlpSpanEvent(time, name, attributes)).Array[0, 3]),
            Gen.Select(TraceId, SpanId, Text, Attributes, static (trace, span, state, attributes) => new OtlpSpanLink(trace, span, state, attributes)).Array[0, 2],
            static (ids, head, content, links) => new OtlpSpan
            {
                TraceId = ids.Item1,
                SpanId = ids.Item2,
                ParentSpanId = ids.Item3,
                TraceState = ids.Item4,
                Name = ids.Item5,
                Kind = head.Item1,
                Start = head.Item2,
                End = unchecked(head.Item2 + head.Item3),
                Flags = head.Item4,
                StatusCode = head.Item5,
                StatusMessage = content.Item1,
                Attributes = content.Item2,
                Events = content.Item3,
                Links = links,
            });

    private static readonly Gen<OtlpBuckets?> Buckets = Gen.Select(Gen.Bool, Gen.Int, Gen.OneOf(Gen.ULong[0, 2], Gen.ULong).Array[0, 3], static (any, offset, counts) =>
        any ? new OtlpBuckets(offset, counts) : null);

    private static readonly Gen<OtlpExemplar> Exemplar = Gen.Select(
        Time, Gen.OneOf(Number.Select(static d => (object)d), Gen.Long.Select(static l => (object)l)), TraceId, SpanId, Attributes,
        static (time, value, trace, span, attributes) => new OtlpExemplar(time, value) { TraceId = trace, SpanId = span, Attributes = attributes });

    private static readonly Gen<OtlpPoint> Point =
        Gen.Select(
            Gen.Select(Time, Gen.OneOf(Number.Select(static d => (object?)d), Gen.Long.Select(static l => (object?)l)), Attributes, Gen.UInt[0, 2]),
            Gen.Select(Number, Gen.Bool, Gen.ULong[0, 5].Array[0, 4], Gen.Double[-2, 2].Array[0, 3], Gen.Bool),
            Gen.Select(Gen.Int, Buckets, Buckets, Gen.Select(Number, Number).Array[0, 3], Exemplar.Array[0, 4]),
            static (head, histogram, more) =>
            {
                var (sum, hasSum, counts, bounds, fits) = histogram;
                if (fits)
                {
                    bounds = [.. bounds.Distinct().Order()];
                    counts = [.. Enumerable.Range(0, bounds.Length + 1).Select(i => (ulong)i)];
                }
                return new OtlpPoint(head.Item1, head.Item2)
                {
                    Attributes = head.Item3,
                    Flags = head.Item4,
                    Count = counts.Aggregate(0UL, static (total, count) => total + count),
                    Sum = hasSum ? sum : null,
                    BucketCounts = counts,
                    Bounds = bounds,
                    Min = hasSum ? sum : null,
                    Max = fits ? sum : null,
                    Scale = more.Item1,
                    ZeroThreshold = sum,
                    ZeroCount = hasSum ? 2u : 0,
                    Positive = more.Item2,
                    Negative = more.Item3,
                    Quantiles = more.Item4,
                    Exemplars = more.Item5,
                };
            });

    private static readonly Gen<OtlpMetric> Metric =
        Gen.Select(Text, Gen.OneOf(Enum.GetValues<OtlpMetricType>()), Point.Array[0, 3], Text, Gen.Int[0, 2], Gen.Bool,
            static (name, type, points, unit, temporality, monotonic) =>
                new OtlpMetric(name, type, points) { Unit = unit, Temporality = temporality, Monotonic = monotonic });

    public static Gen<OtlpGroup<OtlpLog>[]> Logs { get; } = Groups(Log);

    public static Gen<OtlpGroup<OtlpSpan>[]> Traces { get; } = Groups(Span);

    public static Gen<OtlpGroup<OtlpMetric>[]> Metrics { get; } = Groups(Metric);

    private static Gen<OtlpGroup<T>[]> Groups<T>(Gen<T> record) =>
        Gen.Select(Attributes, Scope, record.Array[0, 4], Text, Text, Entity.Array[0, 2], static (resource, scope, records, schema, scopeSchema, entities) =>
            new OtlpGroup<T>(resource, records) { Scope = scope, SchemaUrl = schema, ScopeSchemaUrl = scopeSchema, Entities = entities }).Array[0, 3];

    private static Gen<object?> Values(int depth)
    {
        var leaf = Gen.OneOf(
            Text.Select(static text => (object?)text),
            Gen.Bool.Select(static flag => (object?)flag),
            Gen.OneOf(Gen.Long, Gen.OneOf<long>(long.MinValue, long.MaxValue, 1L << 53, 0)).Select(static number => (object?)number),
            Number.Select(static number => (object?)number),
            Gen.Byte.Array[0, 5].Select(static bytes => (object?)bytes),
            Gen.Const((object?)null));
        if (depth == 0)
            return leaf;
        var inner = Values(depth - 1);
        return Gen.Frequency(
            (6, leaf),
            (1, inner.Array[0, 3].Select(static values => (object?)new OtlpArray(values))),
            (1, Gen.Select(Text, inner, static (key, value) => new OtlpAttribute(key, value)).Array[0, 3].Select(static values => (object?)new OtlpMap(values))));
    }
}
