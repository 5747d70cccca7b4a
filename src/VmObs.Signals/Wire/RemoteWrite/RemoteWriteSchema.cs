namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>The fields of prometheus.WriteRequest (remote_write 1.0) that we read: https://prometheus.io/docs/specs/prw/remote_write_spec/.</summary>
internal static class RemoteWriteSchema
{
    public static readonly WireSchema Label = new WireSchema().With(
        new(1, "name", WireFieldType.Text),
        new(2, "value", WireFieldType.Text));
    public static readonly WireSchema Sample = new WireSchema().With(
        new(1, "value", WireFieldType.Double),
        new(2, "timestamp", WireFieldType.Int64));
    public static readonly WireSchema TimeSeries = new WireSchema().With(
        new(1, "labels", WireFieldType.Message) { Message = Label, Repeated = true },
        new(2, "samples", WireFieldType.Message) { Message = Sample, Repeated = true },
        new(3, "exemplars", WireFieldType.Bytes) { Repeated = true },
        new(4, "histograms", WireFieldType.Bytes) { Repeated = true });
    public static readonly WireSchema Metadata = new WireSchema().With(
        new(1, "type", WireFieldType.Enum),
        new(2, "metric_family_name", WireFieldType.Text),
        new(5, "unit", WireFieldType.Text));
    public static readonly WireSchema WriteRequest = new WireSchema().With(
        new(1, "timeseries", WireFieldType.Message) { Message = TimeSeries, Repeated = true },
        new(3, "metadata", WireFieldType.Message) { Message = Metadata, Repeated = true });
}
