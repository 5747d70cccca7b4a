using System.IO.Hashing;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>The metric families that one WriteRequest describes: what kind a series is, and its unit.</summary>
internal sealed class FamilyMetadata
{
    private const int Counter = 1, Gauge = 2, Histogram = 3, GaugeHistogram = 4, Summary = 5, Info = 6, StateSet = 7;

    // By hash of the name: a collision of 64 bits within one request could only mislabel a kind.
    private readonly Dictionary<ulong, (ulong Type, WireSlice Unit)> _families = [];

    public bool IsEmpty => _families.Count == 0;

    public void Clear() => _families.Clear();

    /// <summary>Reads a MetricMetadata message.</summary>
    public void Read(ProtobufReader message)
    {
        ulong type = 0;
        WireSlice name = default, unit = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Varint: type = message.ReadVarint(); break;
                case 2 << 3 | ProtobufReader.Bytes: name = message.ReadSlice(); break;
                case 5 << 3 | ProtobufReader.Bytes: unit = message.ReadSlice(); break;
                default: message.Skip(RemoteWriteSchema.Metadata.Known); break;
            }
        }
        if (!message.Failed)
            _families[XxHash3.HashToUInt64(message.Span(name))] = (type, unit);
    }

    /// <summary>What is known of a series by its name; kind Unknown and no unit when nothing is.</summary>
    public (MetricKind Kind, WireSlice Unit) Find(ReadOnlySpan<byte> name)
    {
        if (_families.TryGetValue(XxHash3.HashToUInt64(name), out var whole))
            return (KindOf(whole.Type), whole.Unit);
        var suffix = SuffixLength(name);
        return suffix > 0 && _families.TryGetValue(XxHash3.HashToUInt64(name[..^suffix]), out var family)
            ? (KindOf(family.Type), family.Unit)
            : default;
    }

    /// <summary>The kind of the samples of a family's series; what of a type we do not know is Unknown.</summary>
    public static MetricKind KindOf(ulong type) => type switch
    {
        Counter => MetricKind.Counter,
        Gauge or GaugeHistogram or StateSet => MetricKind.Gauge,
        Histogram => MetricKind.Histogram,
        Summary => MetricKind.Summary,
        Info => MetricKind.Info,
        _ => MetricKind.Unknown,
    };

    private static int SuffixLength(ReadOnlySpan<byte> name) =>
        name.EndsWith("_bucket"u8) ? 7 : name.EndsWith("_count"u8) ? 6 : name.EndsWith("_total"u8) ? 6 : name.EndsWith("_sum"u8) ? 4
        : name.EndsWith("_info"u8) ? 5 : name.EndsWith("_gcount"u8) ? 7 : name.EndsWith("_gsum"u8) ? 5 : 0;
}
