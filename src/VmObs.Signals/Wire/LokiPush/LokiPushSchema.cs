namespace VmObs.Signals.Wire.LokiPush;

/// <summary>The fields of logproto.PushRequest that we read: https://github.com/grafana/loki/blob/main/pkg/push/push.proto.</summary>
internal static class LokiPushSchema
{
    public static readonly WireSchema Timestamp = new WireSchema().With(
        new(1, "seconds", WireFieldType.Int64),
        new(2, "nanos", WireFieldType.Int64));
    public static readonly WireSchema LabelPair = new WireSchema().With(
        new(1, "name", WireFieldType.Text),
        new(2, "value", WireFieldType.Text));
    public static readonly WireSchema Entry = new WireSchema().With(
        new(1, "timestamp", WireFieldType.Message) { Message = Timestamp },
        new(2, "line", WireFieldType.Text),
        new(3, "structured_metadata", WireFieldType.Message) { Message = LabelPair, Repeated = true });
    public static readonly WireSchema Stream = new WireSchema().With(
        new(1, "labels", WireFieldType.Text),
        new(2, "entries", WireFieldType.Message) { Message = Entry, Repeated = true });
    public static readonly WireSchema PushRequest = new WireSchema().With(new WireField(1, "streams", WireFieldType.Message) { Message = Stream, Repeated = true });
}
