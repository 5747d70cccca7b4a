namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>The fields of io.prometheus.write.v2.Request that we read: https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/.</summary>
internal static class RemoteWrite2Schema
{
    public static readonly WireSchema Sample = new WireSchema().With(
        new(1, "value", WireFieldType.Double),
        new(2, "timestamp", WireFieldType.Int64));
    public static readonly WireSchema Metadata = new WireSchema().With(
        new(1, "type", WireFieldType.Enum),
        new(4, "unit_ref", WireFieldType.UInt32));
    public static readonly WireSchema TimeSeries = new WireSchema().With(
        new(1, "labels_refs", WireFieldType.Bytes),
        new(2, "samples", WireFieldType.Message) { Message = Sample, Repeated = true },
        new(3, "histograms", WireFieldType.Bytes) { Repeated = true },
        new(4, "exemplars", WireFieldType.Bytes) { Repeated = true },
        new(5, "metadata", WireFieldType.Message) { Message = Metadata });
    public static readonly WireSchema Request = new WireSchema().With(
        new(4, "symbols", WireFieldType.Text) { Repeated = true },
        new(5, "timeseries", WireFieldType.Message) { Message = TimeSeries, Repeated = true });
}
