namespace VmObs.Signals.Wire.PromProto;

/// <summary>What must be known of an exposed histogram before its buckets are read.</summary>
internal struct HistogramHead
{
    // Fields 1 to 16.
    private const ulong Known = (1UL << 17) - 2;

    private ulong _wholeCount;
    private double _floatCount;

    /// <summary>Its count.</summary>
    public readonly double Count => IsFloat ? _floatCount : _wholeCount;

    /// <summary>Whether its counts are no whole numbers.</summary>
    public readonly bool IsFloat => _floatCount > 0;

    public double Sum { get; private set; }

    /// <summary>Whether it has native buckets, or could have: one without observations says so by a span of length 0.</summary>
    public bool IsNative { get; private set; }

    /// <summary>Whether it has classic buckets.</summary>
    public bool HasBuckets { get; private set; }

    /// <summary>Whether it has exemplars of its own, not of a bucket.</summary>
    public bool HasExemplars { get; private set; }

    /// <summary>Reads a Histogram message of io.prometheus.client.</summary>
    public static HistogramHead Read(ProtobufReader message)
    {
        var head = new HistogramHead();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Varint: head._wholeCount = message.ReadVarint(); break;
                case 2 << 3 | ProtobufReader.Fixed64: head.Sum = message.ReadDouble(); break;
                case 4 << 3 | ProtobufReader.Fixed64: head._floatCount = message.ReadDouble(); break;
                case 6 << 3 | ProtobufReader.Fixed64: head.IsNative |= message.ReadDouble() > 0; break;
                case 7 << 3 | ProtobufReader.Varint: head.IsNative |= message.ReadVarint() > 0; break;
                case 8 << 3 | ProtobufReader.Fixed64: head.IsNative |= message.ReadDouble() > 0; break;
                default: head.ReadOther(ref message); break;
            }
        }
        return head;
    }

    private void ReadOther(ref ProtobufReader message)
    {
        var field = message.Tag >> 3;
        switch ((field, message.Tag & 7))
        {
            case (9 or 12, ProtobufReader.Bytes): IsNative = true; break;
            case (3, ProtobufReader.Bytes): HasBuckets = true; break;
            case (16, ProtobufReader.Bytes): HasExemplars = true; break;
        }
        // Whoever reads the buckets says which wire types may stand there.
        message.Skip(field is >= 3 and <= 16 ? 0 : Known);
    }
}
