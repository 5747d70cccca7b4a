using System.Buffers.Binary;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Bench;

/// <summary>Recorded requests: repeated [u32 length][u32 items][u32 raw bytes][u32 lane] body, little-endian.</summary>
/// <param name="Signal">What they carry.</param>
/// <param name="Format">How they are written.</param>
/// <param name="Bodies">The bodies with the number of samples, lines or spans in each.</param>
internal sealed record Payloads(Signal Signal, WireFormat Format, IReadOnlyList<(byte[] Body, int Items)> Bodies)
{
    /// <summary>All items.</summary>
    public long Items => Bodies.Sum(body => (long)body.Items);

    /// <summary>Reads a file; its ending says what it holds: <see cref="PayloadFormats"/>.</summary>
    public static Payloads Read(string path)
    {
        var (signal, format) = PayloadFormats.Of(path);
        var bodies = new List<(byte[], int)>();
        using var file = File.OpenRead(path);
        var head = new byte[16];
        while (file.ReadAtLeast(head, 16, throwOnEndOfStream: false) == 16)
        {
            var body = new byte[BinaryPrimitives.ReadInt32LittleEndian(head)];
            file.ReadExactly(body);
            bodies.Add((body, BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(4))));
        }
        return new Payloads(signal, format, bodies);
    }
}
