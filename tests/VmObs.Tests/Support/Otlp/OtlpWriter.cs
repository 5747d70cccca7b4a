namespace VmObs.Tests.Support.Otlp;

/// <summary>Writes export requests: <c>OtlpWriter.Protobuf(w => w.Logs(groups))</c>.</summary>
public sealed class OtlpWriter(IOtlpEncoder encoder)
{
    public static byte[] Protobuf(Action<OtlpWriter> write)
    {
        var encoder = new OtlpProtobufEncoder();
        write(new OtlpWriter(encoder));
        return encoder.ToArray();
    }

    public static byte[] Json(Action<OtlpWriter> write, bool integersAsNumbers = false)
    {
        var encoder = new OtlpJsonEncoder(integersAsNumbers);
        write(new OtlpWriter(encoder));
        return encoder.ToArray();
    }

    public void Logs(params OtlpGroup<OtlpLog>[] groups) => Groups(groups, "resourceLogs", "scopeLogs", "logRecords", Log);

    public void Traces(params OtlpGroup<OtlpSpan>[] groups) => Groups(groups, "resourceSpans", "scopeSpans", "spans", Span);

    public void Metrics(params OtlpGroup<OtlpMetric>[] groups) => Groups(groups, "resourceMetrics", "scopeMetrics", "metrics", Metric);

    private void Groups<T>(OtlpGroup<T>[] groups, string resources, string scopes, string records, Action<T> write) =>
        encoder.Messages(1, resources, groups.Select(group => (Action)(() =>
        {
            encoder.Message(1, "resource", () =>
            {
                Attributes(1, group.Resource);
                encoder.Messages(3, "entityRefs", group.Entities.Select(entity => (Action)(() => Entity(entity))));
            });
            encoder.Messages(2, scopes, [() =>
            {
                if (group.Scope is { } scope)
                    encoder.Message(1, "scope", () => Scope(scope));
                encoder.Messages(2, records, group.Records.Select(record => (Action)(() => write(record))));
                Text(3, "schemaUrl", group.ScopeSchemaUrl);
            }]);
            Text(3, "schemaUrl", group.SchemaUrl);
        })));

    private void Entity(OtlpEntity entity)
    {
        Text(1, "schemaUrl", entity.SchemaUrl);
        Text(2, "type", entity.Type);
        encoder.Repeated(3, "idKeys", OtlpScalar.Text, entity.IdKeys);
        encoder.Repeated(4, "descriptionKeys", OtlpScalar.Text, entity.DescriptionKeys);
    }

    private void Scope(OtlpScope scope)
    {
        Text(1, "name", scope.Name);
        Text(2, "version", scope.Version);
        Attributes(3, scope.Attributes);
    }

    private void Log(OtlpLog log)
    {
        Number(1, "timeUnixNano", OtlpScalar.Fixed64, log.Time);
        Number(2, "severityNumber", OtlpScalar.Enum, log.SeverityNumber);
        Text(3, "severityText", log.SeverityText);
        if (log.Body is not null)
            encoder.Message(5, "body", () => AnyValue(log.Body));
        Attributes(6, log.Attributes);
        Number(7, "droppedAttributesCount", OtlpScalar.UInt32, log.DroppedAttributes);
        Number(8, "flags", OtlpScalar.Fixed32, log.Flags);
        Id(9, "traceId", log.TraceId);
        Id(10, "spanId", log.SpanId);
        Number(11, "observedTimeUnixNano", OtlpScalar.Fixed64, log.Observed);
        Text(12, "eventName", log.EventName);
    }

    private void Span(OtlpSpan span)
    {
        Id(1, "traceId", span.TraceId);
        Id(2, "spanId", span.SpanId);
        Text(3, "traceState", span.TraceState);
        Id(4, "parentSpanId", span.ParentSpanId);
        Text(5, "name", span.Name);
        Number(6, "kind", OtlpScalar.Enum, span.Kind);
        Number(7, "startTimeUnixNano", OtlpScalar.Fixed64, span.Start);
        Number(8, "endTimeUnixNano", OtlpScalar.Fixed64, span.End);
        Attributes(9, span.Attributes);
        encoder.Messages(11, "events", span.Events.Select(e => (Action)(() =>
        {
            Number(1, "timeUnixNano", OtlpScalar.Fixed64, e.Time);
            Text(2, "name", e.Name);
            Attributes(3, e.Attributes);
        })));
        encoder.Messages(13, "links", span.Links.Select(link => (Action)(() =>
        {
            Id(1, "traceId", link.TraceId);
            Id(2, "spanId", link.SpanId);
            Text(3, "traceState", link.TraceState);
            Attributes(4, link.Attributes);
        })));
        if (span.StatusCode != 0 || span.StatusMessage.Length > 0)
        {
            encoder.Message(15, "status", () =>
            {
                Text(2, "message", span.StatusMessage);
                Number(3, "code", OtlpScalar.Enum, span.StatusCode);
            });
        }
        Number(16, "flags", OtlpScalar.Fixed32, span.Flags);
    }

    private void Metric(OtlpMetric metric)
    {
        Text(1, "name", metric.Name);
        Text(2, "description", "not read");
        Text(3, "unit", metric.Unit);
        var name = metric.Type.ToString();
        encoder.Message((int)metric.Type, char.ToLowerInvariant(name[0]) + name[1..], () =>
        {
            encoder.Messages(1, "dataPoints", metric.Points.Select(point => (Action)(() => Point(metric.Type, point))));
            if (metric.Type is OtlpMetricType.Sum or OtlpMetricType.Histogram or OtlpMetricType.ExponentialHistogram)
                Number(2, "aggregationTemporality", OtlpScalar.Enum, metric.Temporality);
            if (metric.Type == OtlpMetricType.Sum && metric.Monotonic)
                encoder.Scalar(3, "isMonotonic", OtlpScalar.Bool, true);
        });
    }

    private void Point(OtlpMetricType type, OtlpPoint point)
    {
        Number(3, "timeUnixNano", OtlpScalar.Fixed64, point.Time);
        if (type is OtlpMetricType.Gauge or OtlpMetricType.Sum)
        {
            if (point.Value is double d)
                encoder.Scalar(4, "asDouble", OtlpScalar.Double, d);
            else if (point.Value is long l)
                encoder.Scalar(6, "asInt", OtlpScalar.SFixed64, l);
            Attributes(7, point.Attributes);
            Number(8, "flags", OtlpScalar.UInt32, point.Flags);
            return;
        }
        Number(4, "count", OtlpScalar.Fixed64, point.Count);
        if (type != OtlpMetricType.Histogram)
            return;
        if (point.Sum is { } sum)
            encoder.Scalar(5, "sum", OtlpScalar.Double, sum);
        if (point.BucketCounts.Count > 0)
            encoder.Repeated(6, "bucketCounts", OtlpScalar.Fixed64, point.BucketCounts);
        if (point.Bounds.Count > 0)
            encoder.Repeated(7, "explicitBounds", OtlpScalar.Double, point.Bounds);
        Attributes(9, point.Attributes);
        Number(10, "flags", OtlpScalar.UInt32, point.Flags);
    }

    private void Attributes(int field, IReadOnlyList<OtlpAttribute> attributes, string name = "attributes")
    {
        if (attributes.Count == 0)
            return;
        encoder.Messages(field, name, attributes.Select(attribute => (Action)(() =>
        {
            Text(1, "key", attribute.Key);
            if (attribute.Value is not null)
                encoder.Message(2, "value", () => AnyValue(attribute.Value));
        })));
    }

    private void AnyValue(object? value)
    {
        switch (value)
        {
            case null: break;
            case string text: encoder.Scalar(1, "stringValue", OtlpScalar.Text, text); break;
            case bool flag: encoder.Scalar(2, "boolValue", OtlpScalar.Bool, flag); break;
            case long number: encoder.Scalar(3, "intValue", OtlpScalar.Int64, number); break;
            case double number: encoder.Scalar(4, "doubleValue", OtlpScalar.Double, number); break;
            case OtlpArray array:
                encoder.Message(5, "arrayValue", () => encoder.Messages(1, "values", array.Values.Select(item => (Action)(() => AnyValue(item)))));
                break;
            case OtlpMap map: encoder.Message(6, "kvlistValue", () => Attributes(1, map.Values, "values")); break;
            case byte[] bytes: encoder.Scalar(7, "bytesValue", OtlpScalar.Bytes, bytes); break;
            default: throw new ArgumentException($"no OTLP value: {value.GetType()}", nameof(value));
        }
    }

    private void Text(int field, string name, string value)
    {
        if (value.Length > 0)
            encoder.Scalar(field, name, OtlpScalar.Text, value);
    }

    private void Id(int field, string name, byte[] value)
    {
        if (value.Length > 0)
            encoder.Scalar(field, name, OtlpScalar.Id, value);
    }

    private void Number<T>(int field, string name, OtlpScalar type, T value)
        where T : struct
    {
        if (!value.Equals(default(T)))
            encoder.Scalar(field, name, type, value);
    }
}
