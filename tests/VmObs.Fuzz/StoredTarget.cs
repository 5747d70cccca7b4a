using System.Buffers.Binary;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Fuzz;

/// <summary>A format whose bodies are snappy blocks unless a coding is named: its inputs are sent in zlib's stored blocks, which cost nothing.</summary>
/// <param name="seeds">Good bodies, unpacked.</param>
internal sealed class StoredTarget(string name, Signal signal, WireFormat format, params byte[][] seeds) : RequestTarget(name, signal, format, ContentCoding.Deflate, seeds)
{
    // RFC 1950, RFC 1951 section 3.2.4.
    protected override ReadOnlyMemory<byte> Pack(ReadOnlyMemory<byte> input)
    {
        var plain = input.Span;
        var stream = new byte[plain.Length + 11];
        (stream[0], stream[1], stream[2]) = (0x78, 0x01, 0x01);
        BinaryPrimitives.WriteUInt16LittleEndian(stream.AsSpan(3), (ushort)plain.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(stream.AsSpan(5), (ushort)~plain.Length);
        plain.CopyTo(stream.AsSpan(7));
        uint a = 1, b = 0;
        foreach (var one in plain)
        {
            a = (a + one) % 65521;
            b = (b + a) % 65521;
        }
        BinaryPrimitives.WriteUInt32BigEndian(stream.AsSpan(7 + plain.Length), (b << 16) | a);
        return stream;
    }
}
