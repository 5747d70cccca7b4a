namespace VmObs.Tests.Support.Otlp;

/// <summary>Writes export requests: <c>OtlpWriter.Protobuf(w => w.Logs(groups))</c>.</summary>
public sealed class OtlpWriter(IOtlpEncoder encoder)
{
    private readonly OtlpFields _fields = new(encoder);
    private readonly OtlpPointWriter _points = new(encoder);

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
                _fields.Attributes(1, group.Resource);
                encoder.Messages(3, "entityRefs", group.Entities.Select(entity => (Action)(() => Entity(entity))));
            });
            encoder.Messages(2, scopes, [() =>
            {
                if (group.Scope is { } scope)
                    encoder.Message(1, "scope", () => Scope(scope));
                encoder.Messages(2, records, group.Records.Select(record => (Action)(() => write(record))));
                _fields.Text(3, "schemaUrl", group.ScopeSchemaUrl);
            }]);
            _fields.Text(3, "schemaUrl", group.SchemaUrl);
        })));

    private void Entity(OtlpEntity entity)
    {
        _fields.Text(1, "schemaUrl", entity.SchemaUrl);
        _fields.Text(2, "type", entity.Type);
        encoder.Repeated(3, "idKeys", OtlpScalar.Text, entity.IdKeys);
        encoder.Repeated(4, "descriptionKeys", OtlpScalar.Text, entity.DescriptionKeys);
    }

    private void Scope(OtlpScope scope)
    {
        _fields.Text(1, "name", scope.Name);
        _fields.Text(2, "version", scope.Version);
        _fields.Attributes(3, scope.Attributes);
    }

    private void Log(OtlpLog log)
    {
        _fields.Number(1, "timeUnixNano", OtlpScalar.Fixed64, log.Time);
        _fields.Number(2, "severityNumber", OtlpScalar.Enum, log.SeverityNumber);
        _fields.Text(3, "severityText", log.SeverityText);
        if (log.Body is not null)
            encoder.Message(5, "body", () => _fields.AnyValue(log.Body));
        _fields.Attributes(6, log.Attributes);
        _fields.Number(7, "droppedAttributesCount", OtlpScalar.UInt32, log.DroppedAttributes);
        _fields.Number(8, "flags", OtlpScalar.Fixed32, log.Flags);
        _fields.Id(9, "traceId", log.TraceId);
        _fields.Id(10, "spanId", log.SpanId);
        _fields.Number(11, "observedTimeUnixNano", OtlpScalar.Fixed64, log.Observed);
        _fields.Text(12, "eventName", log.EventName);
    }

    private void Span(OtlpSpan span)
    {
        _fields.Id(1, "traceId", span.TraceId);
        _fields.Id(2, "spanId", span.SpanId);
        _fields.Text(3, "traceState", span.TraceState);
        _fields.Id(4, "parentSpanId", span.ParentSpanId);
        _fields.Text(5, "name", span.Name);
        _fields.Number(6, "kind", OtlpScalar.Enum, span.Kind);
        _fields.Number(7, "startTimeUnixNano", OtlpScalar.Fixed64, span.Start);
        _fields.Number(8, "endTimeUnixNano", OtlpScalar.Fixed64, span.End);
        _fields.Attributes(9, span.Attributes);
        encoder.Messages(11, "events", span.Events.Select(e => (Action)(() =>
        {
            _fields.Number(1, "timeUnixNano", OtlpScalar.Fixed64, e.Time);
            _fields.Text(2, "name", e.Name);
            _fields.Attributes(3, e.Attributes);
        })));
        encoder.Messages(13, "links", span.Links.Select(link => (Action)(() =>
        {
            _fields.Id(1, "traceId", link.TraceId);
            _fields.Id(2, "spanId", link.SpanId);
            _fields.Text(3, "traceState", link.TraceState);
            _fields.Attributes(4, link.Attributes);
        })));
        if (span.StatusCode != 0 || span.StatusMessage.Length > 0)
        {
            encoder.Message(15, "status", () =>
            {
                _fields.Text(2, "message", span.StatusMessage);
                _fields.Number(3, "code", OtlpScalar.Enum, span.StatusCode);
            });
        }
        _fields.Number(16, "flags", OtlpScalar.Fixed32, span.Flags);
    }

    private void Metric(OtlpMetric metric)
    {
        _fields.Text(1, "name", metric.Name);
        _fields.Text(2, "description", "not read");
        _fields.Text(3, "unit", metric.Unit);
        var name = metric.Type.ToString();
        encoder.Message((int)metric.Type, char.ToLowerInvariant(name[0]) + name[1..], () =>
        {
            encoder.Messages(1, "dataPoints", metric.Points.Select(point => (Action)(() => _points.Write(metric.Type, point))));
            if (metric.Type is OtlpMetricType.Sum or OtlpMetricType.Histogram or OtlpMetricType.ExponentialHistogram)
                _fields.Number(2, "aggregationTemporality", OtlpScalar.Enum, metric.Temporality);
            if (metric.Type == OtlpMetricType.Sum && metric.Monotonic)
                encoder.Scalar(3, "isMonotonic", OtlpScalar.Bool, true);
        });
    }
}
