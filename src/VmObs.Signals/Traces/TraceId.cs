using System.Buffers.Binary;
using System.Globalization;

namespace VmObs.Signals.Traces;

/// <summary>A W3C trace id: 16 bytes, not all zero.</summary>
/// <param name="High">The first eight bytes, big-endian.</param>
/// <param name="Low">The last eight bytes, big-endian.</param>
public readonly record struct TraceId(ulong High, ulong Low) : IComparable<TraceId>
{
    /// <summary>Length in bytes.</summary>
    public const int Bytes = 16;

    /// <summary>Whether all 16 bytes are zero, which is no id.</summary>
    public bool IsZero => (High | Low) == 0;

    /// <summary>Reads 16 bytes.</summary>
    public static TraceId Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..16]));

    /// <summary>Reads 32 hexadecimal digits; false for any other text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TraceId id)
    {
        id = default;
        if (text.Length != 32
            || !ulong.TryParse(text[..16], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var high)
            || !ulong.TryParse(text[16..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var low))
            return false;
        id = new(high, low);
        return true;
    }

    /// <summary>Writes 16 bytes.</summary>
    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, High);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], Low);
    }

    /// <summary>In the order of the bytes.</summary>
    public int CompareTo(TraceId other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    /// <summary>32 lower-case hexadecimal digits.</summary>
    public override string ToString() => $"{High:x16}{Low:x16}";

    /// <summary>Whether the left id sorts earlier.</summary>
    public static bool operator <(TraceId left, TraceId right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left id sorts later.</summary>
    public static bool operator >(TraceId left, TraceId right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left id does not sort later.</summary>
    public static bool operator <=(TraceId left, TraceId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left id does not sort earlier.</summary>
    public static bool operator >=(TraceId left, TraceId right) => left.CompareTo(right) >= 0;
}
