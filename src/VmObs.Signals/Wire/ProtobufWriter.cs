using System.Buffers.Binary;

namespace VmObs.Signals.Wire;

/// <summary>Writes protobuf fields to a buffer.</summary>
internal static class ProtobufWriter
{
    /// <summary>A message framed by <see cref="BeginMessage"/> must be shorter than this.</summary>
    public const int MaxFramedBytes = 1 << 28;

    private const int LengthBytes = 4;

    public static void Varint(PooledBuffer destination, int field, ulong value)
    {
        Raw(destination, (ulong)field << 3 | ProtobufReader.Varint);
        Raw(destination, value);
    }

    public static void Fixed64(PooledBuffer destination, int field, ulong value)
    {
        Raw(destination, (ulong)field << 3 | ProtobufReader.Fixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(destination.GetSpan(8), value);
        destination.Advance(8);
    }

    public static void Fixed32(PooledBuffer destination, int field, uint value)
    {
        Raw(destination, (ulong)field << 3 | ProtobufReader.Fixed32);
        BinaryPrimitives.WriteUInt32LittleEndian(destination.GetSpan(4), value);
        destination.Advance(4);
    }

    public static void Bytes(PooledBuffer destination, int field, ReadOnlySpan<byte> value)
    {
        Raw(destination, (ulong)field << 3 | ProtobufReader.Bytes);
        Raw(destination, (ulong)value.Length);
        destination.Write(value);
    }

    /// <summary>Begins a message whose length is not known yet: its length takes four bytes, whatever it is.</summary>
    /// <returns>A mark for <see cref="EndMessage"/>.</returns>
    public static int BeginMessage(PooledBuffer destination, int field)
    {
        Raw(destination, (ulong)field << 3 | ProtobufReader.Bytes);
        destination.GetSpan(LengthBytes);
        destination.Advance(LengthBytes);
        return destination.Length;
    }

    /// <summary>Fills in the length of the message written since the mark.</summary>
    public static void EndMessage(PooledBuffer destination, int mark)
    {
        var length = destination.Length - mark;
        if (length >= MaxFramedBytes)
            throw new InvalidOperationException($"BUG: a framed message of {length} bytes, want under {MaxFramedBytes}");
        // A varint may have leading groups of zero: 05 → 85 80 80 00.
        destination.PatchInt32(
            mark - LengthBytes, (length & 0x7F) | (length >> 7 & 0x7F) << 8 | (length >> 14 & 0x7F) << 16 | (length >> 21) << 24 | 0x808080);
    }

    private static void Raw(PooledBuffer destination, ulong varint)
    {
        for (; varint >= 0x80; varint >>= 7)
            destination.WriteByte((byte)(varint | 0x80));
        destination.WriteByte((byte)varint);
    }
}
